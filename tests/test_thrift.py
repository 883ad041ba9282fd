"""Tests of alie.thrift: partials are told rarely, finals at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.thrift import INTERVAL_S, Restraint, Thrift
from alie.transcript import Result
from tests.support.driving import final, partial


def texts(results: list[Result]) -> list[str]:
    """What they say."""
    return [result.text for result in results]


class ThriftTests(SynchronousTestCase):
    """One session's results on their way through."""

    def setUp(self) -> None:
        self.thrift = Thrift()
        self.restraint = Restraint(self.thrift)

    def test_off(self) -> None:
        """Everything passes at once."""
        for number in range(10):
            self.assertEqual(texts(self.restraint.take(partial("a", f"{number}"), 0.1 * number)), [f"{number}"])
        self.assertFalse(self.restraint)

    def test_on(self) -> None:
        """The first at once, then the newest each second."""
        self.thrift.is_on = True
        told = [texts(self.restraint.take(partial("a", f"{n}"), 0.25 * n)) for n in range(9)]
        self.assertEqual([one for one in told if one], [["0"], ["4"], ["8"]])

    def test_the_newest_is_not_left_behind(self) -> None:
        """Though no other comes: whatever happens in the session brings it out once it is due."""
        self.thrift.is_on = True
        self.restraint.take(partial("a", "0"), 0)
        self.restraint.take(partial("a", "1"), 0.1)
        self.assertEqual((texts(self.restraint.due(0.5)), bool(self.restraint)), ([], True))
        self.assertEqual((texts(self.restraint.due(INTERVAL_S)), bool(self.restraint)), (["1"], False))

    def test_finals_are_told_at_once(self) -> None:
        """Instead of what was held of their segment; other segments' is still to come."""
        self.thrift.is_on = True
        self.restraint.take(partial("a", "0"), 0)
        self.restraint.take(partial("a", "a"), 0.1)
        self.restraint.take(partial("b", "b"), 0.2)
        self.assertEqual(texts(self.restraint.take(final("a", "A."), 0.3)), ["A."])
        self.assertEqual(texts(self.restraint.release()), ["b"])

    def test_switched_off_again(self) -> None:
        """What was held comes first, and of a segment only the newest."""
        self.thrift.is_on = True
        for text in ("0", "1"):
            self.restraint.take(partial("a", text), 0)
        self.restraint.take(partial("b", "b"), 0)
        self.thrift.is_on = False
        self.assertEqual(texts(self.restraint.take(partial("a", "2"), 0.1)), ["b", "2"])

    @given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.floats(0, 2), st.booleans())))
    def test_whatever_comes(self, given_: list[tuple[str, bool, float, bool]]) -> None:
        """Finals all and in order; of a segment nothing older after something newer; the newest in the end."""
        thrift, now, told, came = Thrift(), 0.0, [], []
        restraint = Restraint(thrift)
        for number, (segment, is_final, pause_s, thrift.is_on) in enumerate(given_):
            now += pause_s
            result = (final if is_final else partial)(segment, f"{number}")
            came.append(result)
            told += restraint.take(result, now)
        told += restraint.release()
        self.assertEqual([one for one in told if one.is_final], [one for one in came if one.is_final])
        for segment in "ab":
            numbers = [int(one.text) for one in told if one.segment_id == segment]
            self.assertEqual(numbers, sorted(numbers))
            newest = [one.text for one in came if one.segment_id == segment][-1:]
            self.assertEqual([one.text for one in told if one.segment_id == segment][-1:], newest)
