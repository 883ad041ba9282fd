"""Tests of alie.overload: a trace of loads in, steps out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.overload import BOUNDS, FALL_S, LEAST_S, LONGEST_FALL_S, RISE_S, Load, Overload, Step

NORMAL, SPARING, REFUSING, SHUT = Step


class Trace:
    """A load that is fed once a second, and the steps it led to."""

    def __init__(self) -> None:
        self.overload = Overload()
        self.now = 1000.0
        self.steps: list[tuple[float, Step]] = []

    def run(self, seconds: float, **load: float) -> Step:
        """The same load for so long; the step at its end."""
        for _ in range(int(seconds)):
            self.now += 1
            step = self.overload.feed(Load(**load), self.now)
            if not self.steps or self.steps[-1][1] is not step:
                self.steps.append((self.now, step))
        return self.overload.step

    @property
    def path(self) -> list[Step]:
        """The steps in their order."""
        return [step for _, step in self.steps]

    @property
    def shortest_s(self) -> float:
        """The least time between two changes; infinite where there are none."""
        return min((after - before for (before, _), (after, _) in pairwise(self.steps[1:])), default=float("inf"))


class ClimbingTests(SynchronousTestCase):
    """One step at a time, as far as the load asks for."""

    def test_calm(self) -> None:
        """Nothing happens."""
        trace = Trace()
        self.assertEqual(trace.run(600, delay_s=0.01, busy=0.6, memory=0.3, backlog_s=1), NORMAL)
        self.assertEqual(trace.path, [NORMAL])

    def test_a_hiccup(self) -> None:
        """One second of it is no overload, however bad."""
        trace = Trace()
        for _ in range(20):
            trace.run(1, delay_s=3, busy=1, memory=1, backlog_s=60)
            trace.run(5)
        self.assertEqual(trace.path, [NORMAL])

    def test_each_signal_reaches_its_steps(self) -> None:
        """And no further."""
        for name, bounds in BOUNDS.items():
            trace = Trace()
            trace.run(60, **{name: 1e6})
            self.assertEqual(trace.path, list(Step)[: max(bounds) + 1], name)
            for step, (begins, ends) in bounds.items():
                self.assertEqual(Trace().run(60, **{name: begins}) >= step, True, (name, step))
                self.assertLess(ends, begins, (name, step))

    def test_how_quickly(self) -> None:
        """The first step after `RISE_S`, each further one after `LEAST_S`."""
        trace = Trace()
        trace.run(60, delay_s=2)
        times = [at - 1001 for at, _ in trace.steps]
        self.assertEqual(times, [0, RISE_S, RISE_S + LEAST_S, RISE_S + 2 * LEAST_S])

    def test_reasons(self) -> None:
        """Sentences for the operator, with what was measured."""
        trace = Trace()
        self.assertEqual(trace.overload.reasons, [])
        trace.run(60, busy=0.97, backlog_s=11.26)
        reasons = ["the reactor is busy for 97% of the time", "the engine is 11.3 s behind"]
        self.assertEqual(trace.overload.reasons, reasons)
        trace.run(1)
        self.assertEqual(trace.overload.reasons, ["it was until a moment ago"])


class RecoveryTests(SynchronousTestCase):
    """Down again, without flapping."""

    def test_when_it_is_over(self) -> None:
        """Step by step."""
        trace = Trace()
        trace.run(60, delay_s=2)
        self.assertEqual(trace.run(3 * FALL_S + 3), NORMAL)
        self.assertEqual(trace.path, [NORMAL, SPARING, REFUSING, SHUT, REFUSING, SPARING, NORMAL])

    def test_between_the_bounds(self) -> None:
        """A load that has fallen a little keeps its step, for as long as it lasts, and climbs no further."""
        trace = Trace()
        trace.run(60, busy=0.96)
        self.assertEqual(trace.run(3600, busy=0.82), REFUSING)
        self.assertEqual(trace.path, [NORMAL, SPARING, REFUSING])

    def test_what_the_step_itself_brings(self) -> None:
        """Fewer partials are less work: that must not end the step, or it would begin anew for ever."""
        trace = Trace()
        for _ in range(3600):
            trace.run(1, busy=0.86 if trace.overload.step is NORMAL else 0.70)
        self.assertEqual(trace.path, [NORMAL, SPARING])

    def test_load_that_comes_back(self) -> None:
        """Where a step takes its own cause away, it lasts longer each time: few changes in an hour, not hundreds."""
        trace = Trace()
        for _ in range(3600):
            trace.run(1, busy=0.9 if trace.overload.step is NORMAL else 0.1)
        self.assertLess(len(trace.path), 2 * 3600 / LONGEST_FALL_S + 12)
        self.assertEqual(trace.overload.retry_after_s, LONGEST_FALL_S)

    def test_the_patience_comes_back(self) -> None:
        """Trouble of long ago does not count."""
        trace = Trace()
        for _ in range(5):
            trace.run(10, busy=0.9)
            trace.run(200)
        self.assertEqual((trace.overload.step, trace.overload.retry_after_s), (NORMAL, FALL_S))

    @given(
        st.lists(
            st.tuples(st.integers(1, 30), st.floats(0, 2), st.floats(0, 1.1), st.floats(0, 1.2), st.floats(0, 20)),
            max_size=40,
        )
    )
    @settings(deadline=None, max_examples=60)
    def test_whatever_comes(self, loads: list[tuple[int, float, float, float, float]]) -> None:
        """Steps change by one, none is shorter than the least, and in the end all is well again."""
        trace = Trace()
        for seconds, delay_s, busy, memory, backlog_s in loads:
            trace.run(seconds, delay_s=delay_s, busy=busy, memory=memory, backlog_s=backlog_s)
        self.assertEqual(trace.run(3 * LONGEST_FALL_S + 10), NORMAL)
        self.assertTrue(all(abs(one - other) == 1 for one, other in pairwise(trace.path)))
        self.assertGreaterEqual(trace.shortest_s, LEAST_S)
