"""Tests of alie.segments: one name a segment, one running number, one final."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.segments import Segments
from alie.transcript import Result


def partial(segment: str, text: str = "so far") -> Result:
    """A partial result."""
    return Result(segment, 0.0, 1.0, text, is_final=False)


def final(segment: str, text: str = "So far.") -> Result:
    """A final result."""
    return Result(segment, 0.0, 1.0, text, is_final=True)


class NameTests(SynchronousTestCase):
    """A segment keeps its name; no two share one."""

    def test_same_name_from_first_partial_to_final(self) -> None:
        """The page upserts by it."""
        segments = Segments("s")
        names = {segments.accept(result) for result in (partial("a"), partial("a", "more"), final("a"))}
        self.assertEqual(names, {"s.1"})

    def test_names_begin_with_the_session(self) -> None:
        """Two dictations on one page must not overwrite each other's results."""
        self.assertNotEqual(Segments("s").accept(final("a")), Segments("t").accept(final("a")))

    def test_segments_in_parallel(self) -> None:
        """An engine may open the next before it settles the last."""
        segments = Segments("s")
        names = [segments.accept(result) for result in (partial("a"), partial("b"), final("a"), final("b"))]
        self.assertEqual(names, ["s.1", "s.2", "s.1", "s.2"])


class AcceptTests(SynchronousTestCase):
    """What is not to be sent is not counted either."""

    def test_nothing_after_the_final(self) -> None:
        """Neither a late partial nor a second final."""
        segments = Segments("s")
        segments.accept(final("a"))
        self.assertEqual([segments.accept(partial("a")), segments.accept(final("a"))], [None, None])
        self.assertEqual((segments.seq, segments.finals), (1, 1))

    def test_empty_partials(self) -> None:
        """They say nothing, before or after something was shown."""
        segments = Segments("s")
        self.assertIsNone(segments.accept(partial("a", "")))
        segments.accept(partial("a"))
        self.assertIsNone(segments.accept(partial("a", "")))

    def test_empty_final_of_a_shown_segment(self) -> None:
        """Withdrawn text ends as an empty final: it counts in `seq`, not in `finals`."""
        segments = Segments("s")
        segments.accept(partial("a"))
        self.assertEqual(segments.accept(final("a", "")), "s.1")
        self.assertEqual((segments.seq, segments.finals), (2, 0))

    def test_empty_final_of_a_segment_never_shown(self) -> None:
        """Nobody saw it, nobody misses it."""
        segments = Segments("s")
        self.assertIsNone(segments.accept(final("a", "")))
        self.assertEqual(segments.seq, 0)


class OpenFinalsTests(SynchronousTestCase):
    """What was seen stays, though no engine will settle it."""

    def test_last_partial_of_each_open_segment(self) -> None:
        """As finals, in the order of their first appearance."""
        segments = Segments("s")
        for result in (partial("a", "one"), partial("b", "two"), partial("a", "one more"), partial("c"), final("c")):
            segments.accept(result)
        opened = segments.open_finals()
        self.assertEqual([(one.text, one.is_final) for one in opened], [("one more", True), ("two", True)])
        self.assertEqual([segments.accept(one) for one in opened], ["s.1", "s.2"])
        self.assertEqual(segments.open_finals(), [])


class PropertyTests(SynchronousTestCase):
    """What holds for any sequence of results."""

    @given(st.lists(st.builds(lambda kind, seg, text: kind(seg, text), st.sampled_from([partial, final]),
                              st.sampled_from("abc"), st.sampled_from(["", "x"]))))  # fmt: skip
    @settings(deadline=None)
    def test_exactly_one_final_each(self, results: list[Result]) -> None:
        """Every name shown gets one final, after all its partials; `seq` rises by one."""
        segments = Segments("s")
        told: list[tuple[str, bool, int]] = []
        for result in results:
            name = segments.accept(result)
            if name is not None:
                told.append((name, result.is_final, segments.seq))
        for result in segments.open_finals():
            told.append((segments.accept(result) or "", True, segments.seq))
        self.assertEqual([seq for _, _, seq in told], list(range(1, len(told) + 1)))
        for name in {name for name, _, _ in told}:
            kinds = [is_final for other, is_final, _ in told if other == name]
            self.assertEqual(kinds, [False] * (len(kinds) - 1) + [True])
