"""One lasting name for each segment, and one final for each name."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.legs.names import SegmentNames
from alie.transcript import Entity, Result, Word


def result(segment_id: str, text: str = "so far", *, is_final: bool = False) -> Result:
    return Result(segment_id, 1.0, 2.0, text, is_final)


STEPS = st.one_of(
    st.builds(result, st.sampled_from("abc"), st.sampled_from(["", "so far"]), is_final=st.booleans()),
    st.sampled_from(["end_leg", "withdraw"]),
)


class SegmentNamesTests(SynchronousTestCase):
    """What a client sees never depends on how many legs it took."""

    def setUp(self) -> None:
        self.names = SegmentNames()

    def name(self, segment_id: str, *, is_final: bool = False) -> str:
        return self.names.accept(result(segment_id, is_final=is_final)).segment_id

    def test_a_segment_keeps_its_name_until_its_final(self) -> None:
        told = [self.name("a"), self.name("b"), self.name("a"), self.name("a", is_final=True), self.name("a")]
        self.assertEqual(told, ["1", "2", "1", "1", "3"])

    def test_only_the_name_changes(self) -> None:
        word = Word("Bonjour.", 1.0, 2.0)
        heard = Result("x", 1.0, 2.0, "Bonjour.", True, (word,), "fr-CA", (Entity("PII", "NAME", 1.0, 2.0),), "amazon")
        named = self.names.accept(heard)
        self.assertEqual(named, Result("1", *(getattr(heard, name) for name in Result.__slots__[1:])))

    def test_what_is_open(self) -> None:
        self.assertFalse(self.names.has_open)
        self.name("a")
        self.assertTrue(self.names.has_open)
        self.name("a", is_final=True)
        self.assertFalse(self.names.has_open)

    def test_the_next_leg_takes_over_what_the_last_one_left_open(self) -> None:
        """It may take several legs until one says something."""
        self.name("a")
        self.assertEqual(self.names.end_leg(), [])
        self.assertFalse(self.names.has_open)
        self.assertEqual(self.names.end_leg(), [])
        self.assertEqual(self.name("other"), "1")
        self.assertEqual(self.name("next"), "2")

    def test_of_several_the_oldest_is_taken_over_and_the_rest_ends_empty(self) -> None:
        word = Word("so", 1.0, 1.5)
        self.name("a")
        self.names.accept(Result("b", 3.0, 4.0, "so far", False, (word,), "fr-CA", (), "amazon"))
        self.name("c")
        ended = self.names.end_leg()
        self.assertEqual([one.segment_id for one in ended], ["2", "3"])
        self.assertEqual(ended[0], Result("2", 3.0, 4.0, "", True, (), "fr-CA", (), "amazon"))
        self.assertEqual(self.name("a"), "1")

    def test_what_nobody_takes_over_ends_empty(self) -> None:
        self.name("a")
        self.names.end_leg()
        self.assertEqual(self.names.withdraw(), [Result("1", 1.0, 2.0, "", True)])
        self.assertEqual(self.names.withdraw(), [])
        self.assertEqual(self.name("a"), "2")

    @given(st.lists(STEPS, max_size=30))
    @settings(deadline=None)
    def test_exactly_one_final_each(self, steps: list[Result | str]) -> None:
        """Over any results, ends of legs and withdrawals: nothing after a name's final, and none is left without."""
        names, told = SegmentNames(), list[Result]()
        for step in [*steps, "end_leg", "withdraw"]:
            if isinstance(step, Result):
                told.append(names.accept(step))
                self.assertEqual(told[-1].text, step.text)
            else:
                told += names.end_leg() if step == "end_leg" else names.withdraw()
        for name in {one.segment_id for one in told}:
            kinds = [one.is_final for one in told if one.segment_id == name]
            self.assertEqual(kinds, [False] * (len(kinds) - 1) + [True])
        firsts = list(dict.fromkeys(one.segment_id for one in told))
        self.assertEqual(firsts, [str(n + 1) for n in range(len(firsts))])
