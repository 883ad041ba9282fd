"""The service's results as Alie's, and nonsense left out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.results import ResultReader, ResultsError, read_event
from alie.speech import StreamSpec
from alie.transcript import Entity, Result, Word


def item(content: str, start_s: float, end_s: float, **more: Any) -> dict[str, Any]:
    return {"Type": "pronunciation", "Content": content, "StartTime": start_s, "EndTime": end_s, **more}


def given_result(text: str = "Bonjour.", is_partial: bool = False, **more: Any) -> dict[str, Any]:
    items = [
        item("Bonjour", 0.5, 0.9, Confidence=0.98, Stable=True, Speaker="0"),
        item(".", 0.9, 0.9, Type="punctuation", Stable=False),
    ]
    return {
        "ResultId": "r1",
        "StartTime": 0.5,
        "EndTime": 0.9,
        "IsPartial": is_partial,
        "ChannelId": "ch_0",
        "LanguageCode": "fr-CA",
        "Alternatives": [{"Transcript": text, "Items": items}],
        **more,
    }


def reader(options: AmazonOptions | None = None, language_code: str = "fr-CA", **fields: Any) -> ResultReader:
    return ResultReader(StreamSpec("s", language_code, **fields), options or AmazonOptions())


class Reading(SynchronousTestCase):
    """What becomes of a result that is in order."""

    def test_a_final(self) -> None:
        self.assertEqual(
            reader().read(given_result()),
            Result(
                "r1",
                0.5,
                0.9,
                "Bonjour.",
                True,
                (
                    Word("Bonjour", 0.5, 0.9, 0.98, "spk_0"),
                    Word(".", 0.9, 0.9, is_punctuation=True),
                ),
            ),
        )

    def test_a_partial_has_words_only_where_they_were_asked_for(self) -> None:
        partial = given_result(is_partial=True)
        self.assertEqual(reader().read(partial), Result("r1", 0.5, 0.9, "Bonjour.", False))
        found = reader(wants_words=True).read(partial)
        assert found is not None
        self.assertEqual([word.is_stable for word in found.words], [True, False])

    def test_partials_are_withheld_where_personal_information_is_looked_for(self) -> None:
        for pii in ("identify", "redact"):
            one = reader(AmazonOptions(pii=pii), wants_words=True)
            withheld = one.read(given_result(is_partial=True))
            assert withheld is not None
            self.assertEqual((withheld.text, withheld.words, withheld.is_final), ("", (), False))
            told = one.read(given_result())
            assert told is not None
            self.assertEqual(told.text, "Bonjour.")

    def test_a_language_is_told_where_it_was_identified(self) -> None:
        found, known = reader(language_code="auto").read(given_result()), reader().read(given_result())
        assert found is not None
        assert known is not None
        self.assertEqual((found.language_code, known.language_code), ("fr-CA", None))
        unknown = reader(language_code="auto").read(given_result(LanguageCode=None))
        assert unknown is not None
        self.assertIsNone(unknown.language_code)

    def test_a_label_that_has_its_prefix_keeps_it(self) -> None:
        alternative = {"Transcript": "a", "Items": [item("a", 0, 1, Speaker="spk_3"), item("b", 0, 1, Speaker="12")]}
        found = reader().read(given_result(Alternatives=[alternative]))
        assert found is not None
        self.assertEqual([word.speaker for word in found.words], ["spk_3", "spk_12"])

    def test_entities_say_where_and_what_kind_and_never_what(self) -> None:
        entity = {
            "Category": "PII",
            "Type": "NAME",
            "Content": "Tremblay",
            "StartTime": 1,
            "EndTime": 2.5,
            "Confidence": 0.9,
        }
        alternative = {"Transcript": "[NAME]", "Items": [], "Entities": [entity, {**entity, "Confidence": None}]}
        found = reader(AmazonOptions(pii="redact")).read(given_result(Alternatives=[alternative]))
        assert found is not None
        self.assertEqual(found.entities, (Entity("PII", "NAME", 1, 2.5, 0.9), Entity("PII", "NAME", 1, 2.5)))
        self.assertNotIn("Tremblay", repr(found))

    def test_a_segment_that_turns_out_to_be_nothing_ends_as_an_empty_final(self) -> None:
        for alternatives in ([], [{}], [{"Transcript": "", "Items": []}]):
            found = reader().read(given_result(Alternatives=alternatives))
            assert found is not None
            self.assertEqual((found.text, found.is_final, found.words), ("", True, ()))


class Nonsense(SynchronousTestCase):
    """What is not in order is left out and counted, and nothing raises."""

    def test_a_result_without_what_it_needs(self) -> None:
        for name in ("ResultId", "StartTime", "EndTime", "IsPartial", "Alternatives"):
            one, wrong = reader(), given_result()
            del wrong[name]
            self.assertIsNone(one.read(wrong), name)
            self.assertEqual(one.dropped, 1)

    def test_a_result_whose_fields_are_something_else(self) -> None:
        for more in (
            {"ResultId": ""},
            {"ResultId": 7},
            {"StartTime": "0"},
            {"StartTime": -0.1},
            {"StartTime": 2.0},
            {"EndTime": float("nan")},
            {"EndTime": float("inf")},
            {"EndTime": None},
            {"IsPartial": "no"},
            {"Alternatives": 3},
            {"Alternatives": None, "ResultId": 7},
            {"Alternatives": [3]},
            {"Alternatives": [{"Transcript": 3}]},
            {"Alternatives": [{"Transcript": "a", "Items": 3}]},
        ):
            one = reader()
            self.assertIsNone(one.read(given_result(**more)), more)
            self.assertEqual(one.dropped, 1)

    def test_a_word_that_makes_no_sense_does_not_take_the_others_with_it(self) -> None:
        good = item("a", 0.0, 1.0)
        for wrong in (
            3,
            None,
            {},
            {**good, "Content": ""},
            {**good, "Content": 5},
            {**good, "StartTime": 2.0},
            {**good, "EndTime": float("nan")},
            {**good, "Speaker": 1},
        ):
            one = reader()
            found = one.read(given_result(Alternatives=[{"Transcript": "a a", "Items": [wrong, good]}]))
            assert found is not None
            self.assertEqual((found.text, found.words, one.dropped), ("a a", (Word("a", 0.0, 1.0),), 1), wrong)

    def test_a_confidence_that_is_none(self) -> None:
        for value in ("0.5", -0.1, 1.1, float("nan"), None, []):
            items = [item("a", 0.0, 1.0, Confidence=value)]
            found = reader().read(given_result(Alternatives=[{"Transcript": "a", "Items": items}]))
            assert found is not None
            self.assertEqual(found.words, (Word("a", 0.0, 1.0),), value)

    def test_an_entity_that_makes_no_sense(self) -> None:
        good = {"Category": "PII", "Type": "NAME", "StartTime": 0.0, "EndTime": 1.0}
        for wrong in (3, {}, {**good, "Type": 4}, {**good, "EndTime": -1.0}):
            one = reader(AmazonOptions(pii="identify"))
            found = one.read(given_result(Alternatives=[{"Transcript": "a", "Entities": [wrong, good]}]))
            assert found is not None
            self.assertEqual((len(found.entities), one.dropped), (1, 1), wrong)

    @given(
        some.recursive(
            some.none() | some.booleans() | some.floats() | some.text(max_size=3) | some.integers(),
            lambda inner: (
                some.lists(inner, max_size=3)
                | some.dictionaries(
                    some.sampled_from(sorted({*given_result(), "Transcript", "Items", "Content", "Speaker", "Type"})),
                    inner,
                    max_size=8,
                )
            ),
            max_leaves=20,
        )
    )
    def test_nothing_raises_whatever_comes(self, anything: Any) -> None:
        for given_ in (anything, {**given_result(), **anything} if isinstance(anything, dict) else anything):
            found = reader(wants_words=True).read(given_)
            self.assertIsInstance(found, Result | None)


class Events(SynchronousTestCase):
    """The JSON around the results."""

    def test_results_come_out(self) -> None:
        self.assertEqual(read_event(b'{"Transcript": {"Results": [{"a": "\xc3\xa9"}]}}'), [{"a": "é"}])

    def test_other_json_and_no_json(self) -> None:
        for payload in (b"", b"{", b"[]", b"3", b'{"Transcript": null}', b'{"Transcript": {"Results": {}}}', b"\xff"):
            with self.assertRaises(ResultsError):
                read_event(payload)
        with self.assertRaises(ResultsError):
            read_event(b"[" * 100_000)

    def test_half_a_surrogate_pair_can_be_sent_on(self) -> None:
        payload = b'{"Transcript": {"Results": ["\\ud83d\\ude00 \\ud83d \\uDE00 \\u00e9"]}}'
        (text,) = read_event(payload)
        self.assertEqual(text.encode().decode(), "😀 ? ? é")  # type: ignore[attr-defined]

    @given(some.binary(max_size=50) | some.text(max_size=50).map(json.dumps).map(str.encode))
    def test_nothing_else_is_raised(self, payload: bytes) -> None:
        with self.assertRaises(ResultsError):
            read_event(payload)
