"""Tests of alie.ambient.reading: both shapes of a consultation, and a place named for whatever is wrong with them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.ambient import reading
from alie.ambient.order import carry_out
from alie.errors import AlieError, InvalidTranscript
from alie.transcript import Word
from tests.ambient.payloads import amazons, ours

TALK = (("spk_0", "Hello"), ("spk_0", "."), ("spk_1", "Hi"), ("spk_1", "there"))


class ShapeTests(SynchronousTestCase):
    """The words are the same, whatever they come in."""

    def test_our_own(self) -> None:
        """Each word with its speaker and its times in seconds."""
        self.assertEqual(
            reading.read(ours(*TALK)),
            [
                Word("Hello", 0.0, 0.5, speaker="spk_0"),
                Word(".", 0.5, 1.0, speaker="spk_0", is_punctuation=True),
                Word("Hi", 1.0, 1.5, speaker="spk_1"),
                Word("there", 1.5, 2.0, speaker="spk_1"),
            ],
        )

    def test_wrapped(self) -> None:
        """In its message, and either as JSON text."""
        payload = ours(*TALK)
        message = {"type": "transcription_final", "mode": "ambient", "payload": payload}
        for raw in (message, json.dumps(payload), json.dumps(message)):
            self.assertEqual(reading.read(raw), reading.read(payload))

    def test_amazons(self) -> None:
        """Punctuation has no times of its own: it is where the word before it ends."""
        words = reading.read(amazons(*TALK))
        self.assertEqual([word.text for word in words], ["Hello", ".", "Hi", "there"])
        self.assertEqual((words[1].start_s, words[1].end_s), (0.5, 0.5))
        self.assertEqual([word.speaker for word in words], ["spk_0", "spk_0", "spk_1", "spk_1"])

    def test_amazons_older_ones(self) -> None:
        """Speakers are named in the segments only, by the time of the word."""
        words = reading.read(amazons(*TALK, has_labels_on_items=False))
        self.assertEqual([word.speaker for word in words], ["spk_0", None, "spk_1", "spk_1"])

    def test_numbers_may_be_numbers(self) -> None:
        """As strings in the contract; not everyone keeps them so."""
        payload = ours(*TALK)
        payload["results"]["items"][0] |= {"start_time": 0, "end_time": 0.5}
        self.assertEqual(reading.read(payload)[0], Word("Hello", 0.0, 0.5, speaker="spk_0"))

    def test_blanks(self) -> None:
        """A token is one line without blanks around it; one that is nothing is left out."""
        self.assertEqual(
            [word.text for word in reading.read(ours(("a", "x\n  y "), ("a", " "), ("a", "z")))], ["x y", "z"]
        )


def change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Sets what is at a path of keys and numbers; `...` takes it away."""

    def apply(payload: dict[str, Any]) -> None:
        *keys, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        holder: Any = payload
        for key in keys:
            holder = holder[key]
        if value is ...:
            del holder[last]
        else:
            holder[last] = value

    return apply


class RefusalTests(SynchronousTestCase):
    """Contract status 400: what is wrong is named by its place, and never repeated."""

    def details(self, raw: object) -> str:
        """What is said of it."""
        with self.assertRaises(InvalidTranscript) as caught:
            reading.read(raw)
        error: AlieError = caught.exception
        self.assertEqual((error.sentence, error.http_status), ("Invalid AWS result", 400))
        return str(error.details)

    def test_no_speakers(self) -> None:
        """In the words of the contract."""
        payload = ours(*TALK)
        payload["speaker_labels"] = {"speakers": 0, "segments": []}
        self.assertEqual(self.details(payload), "Empty speaker_labels.segments")

    def test_no_words(self) -> None:
        """Nothing to narrate."""
        payload = ours(*TALK)
        payload["results"]["items"] = []
        self.assertEqual(self.details(payload), "Empty results.items")
        self.assertEqual(self.details(ours(("a", " "))), "Empty results.items")

    def test_nobody_said_it(self) -> None:
        """Segments alone, that fit no word, are not enough."""
        payload = amazons(*TALK, has_labels_on_items=False)
        for segment in payload["results"]["speaker_labels"]["segments"]:
            segment["items"] = []
        self.assertEqual(self.details(payload), "No Speaker in results.items")

    def test_a_crowd(self) -> None:
        """A hundred voices are no consultation."""
        crowd = [(f"spk_{index}", "Yes") for index in range(101)]
        self.assertEqual(len(reading.read(ours(*crowd[:100]))), 100)
        self.assertEqual(self.details(ours(*crowd)), "More than 100 speakers in results.items")

    def test_not_a_payload(self) -> None:
        """Nor the text of one; text in text is not looked into."""
        others: list[object] = [None, 1, [], True]
        for raw in others:
            self.assertEqual(self.details(raw), "rawAwsJson must be an object")
        for text in ("", "{", "NaN", "[" * 20_000, "[" * 100_000, "1" * 5000, "[" + "0," * 300_000 + "0]"):
            self.assertEqual(self.details(text), "rawAwsJson is not JSON")
        self.assertEqual(self.details(json.dumps(json.dumps(ours(*TALK)))), "rawAwsJson must be an object")
        self.assertEqual(self.details({"payload": 1}), "payload must be an object")

    def test_fields(self) -> None:
        """One wrong field each."""
        entry = "speaker_labels.segments[1].items[0]"
        content = "results.items[2].alternatives[0].content"
        number, item, segment = "must be a number of seconds", "results.items.2", "speaker_labels.segments.1"
        for path, value, expected in (
            ("results", ..., "results must be an object"),
            ("results.items", {}, "results.items must be a list"),
            ("speaker_labels", ..., "speaker_labels must be an object"),
            ("speaker_labels.segments", None, "speaker_labels.segments must be a list"),
            (segment, "x", "speaker_labels.segments[1] must be an object"),
            (f"{segment}.speaker_label", ..., "speaker_labels.segments[1].speaker_label must be a string"),
            (f"{segment}.start_time", "x", f"speaker_labels.segments[1].start_time {number}"),
            (f"{segment}.items", "x", "speaker_labels.segments[1].items must be a list"),
            (f"{segment}.items.0", [], "speaker_labels.segments[1].items[0] must be an object"),
            (f"{segment}.items.0.start_time", ..., f"{entry}.start_time {number}"),
            (f"{segment}.items.0.speaker_label", 1, f"{entry}.speaker_label must be a string"),
            (item, None, "results.items[2] must be an object"),
            (f"{item}.type", "word", "results.items[2].type must be pronunciation or punctuation"),
            (f"{item}.type", [], "results.items[2].type must be pronunciation or punctuation"),
            (f"{item}.start_time", ..., f"results.items[2].start_time {number}"),
            (f"{item}.start_time", "nan", f"results.items[2].start_time {number}"),
            (f"{item}.start_time", "-1", f"results.items[2].start_time {number}"),
            (f"{item}.start_time", True, f"results.items[2].start_time {number}"),
            (f"{item}.end_time", "1e400", f"results.items[2].end_time {number}"),
            (f"{item}.end_time", 10**400, f"results.items[2].end_time {number}"),
            (f"{item}.end_time", "0" * 33, f"results.items[2].end_time {number}"),
            (f"{item}.end_time", "0.5", "results.items[2].end_time is before its start_time"),
            (f"{item}.Speaker", 0, "results.items[2].Speaker must be a string"),
            (f"{item}.Speaker", "", "results.items[2].Speaker must be a string of 1 to 100 characters"),
            (f"{item}.Speaker", "x" * 101, "results.items[2].Speaker must be a string of 1 to 100 characters"),
            (f"{item}.alternatives", ..., "results.items[2].alternatives must be a list"),
            (f"{item}.alternatives", [], "Empty results.items[2].alternatives"),
            (f"{item}.alternatives.0", "x", "results.items[2].alternatives[0] must be an object"),
            (f"{item}.alternatives.0.content", None, f"{content} must be a string"),
            (f"{item}.alternatives.0.content", "\ud800", f"{content} is not Unicode text"),
        ):  # fmt: skip
            payload = ours(*TALK)
            change(path, value)(payload)
            self.assertEqual(self.details(payload), expected, path)

    def test_the_place_of_amazons_labels(self) -> None:
        """They are elsewhere than ours."""
        payload = amazons(*TALK)
        payload["results"]["speaker_labels"]["segments"] = 1
        self.assertEqual(self.details(payload), "results.speaker_labels.segments must be a list")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, inner in pairs for place in places(inner, (*at, key)))]


PAYLOADS = [ours(*TALK), amazons(*TALK), amazons(*TALK, has_labels_on_items=False)]


class FuzzTests(SynchronousTestCase):
    """Whatever comes, the answer is a narrative that can be sent, or an error of ours."""

    def order(self, raw: object) -> bytes:
        """A request for it."""
        fields = {"sessionId": "s", "modeId": "ambient", "language": "fr", "section": "section_8", "rawAwsJson": raw}
        return json.dumps(fields).encode()

    def attempt(self, body: bytes) -> None:
        """Either of both, and a client's mistake at that."""
        try:
            json.dumps(carry_out(body).answer, ensure_ascii=False, allow_nan=False).encode()
        except AlieError as error:
            self.assertEqual(error.http_status, 400)

    @given(JSON)
    @settings(deadline=None, max_examples=100)
    def test_any_json(self, raw: object) -> None:
        """As the payload, and as the request."""
        self.attempt(self.order(raw))
        self.attempt(json.dumps(raw).encode())

    @given(st.sampled_from(PAYLOADS), st.data(), JSON | st.sampled_from(["\ud800", "", "nan", 10**400, {}, []]))
    @settings(deadline=None, max_examples=300)
    def test_one_field_replaced(self, payload: dict[str, Any], data: st.DataObject, value: object) -> None:
        """Anything anywhere."""
        payload = copy.deepcopy(payload)
        place = data.draw(st.sampled_from(places(payload)[1:]))
        holder: Any = payload
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = value
        self.attempt(self.order(payload))

    @given(st.binary(max_size=200))
    @settings(deadline=None, max_examples=100)
    def test_any_bytes(self, body: bytes) -> None:
        """As the request."""
        self.attempt(body)

    @given(
        st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.text(min_size=1, max_size=4)), min_size=1, max_size=12)
    )
    @settings(deadline=None, max_examples=200)
    def test_any_words(self, said: list[tuple[str, str]]) -> None:
        """Of any speakers, in any script."""
        self.attempt(self.order(ours(*said)))
