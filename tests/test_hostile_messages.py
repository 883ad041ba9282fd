"""Tests of alie.wire against hostile JSON: whatever is sent, parse answers with a value or with an AlieError."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie import wire
from alie.errors import AlieError, InvalidMessage
from tests.test_wire import parse

# Hypothesis makes no lone surrogates by itself, but JSON may.
TEXTS = st.text() | st.text(st.sampled_from("a\ud800\udfff\0\n"), max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NAMES = "languageCode sampleRate mode sessionId token ack resume words partials vocabulary resumeToken lastSeq id"
FIELDS = st.sampled_from(NAMES.split(" "))
MESSAGES = st.builds(
    lambda type_, fields: {**fields, "type": type_},
    st.sampled_from(sorted(wire._READERS)) | st.text(),
    st.dictionaries(FIELDS, JSON | TEXTS | st.sampled_from(["en-US", "auto", 16000]), max_size=6),
)


class HostileJsonTests(SynchronousTestCase):
    """Whatever is sent, parse answers with a value or with an AlieError."""

    def test_what_is_not_an_object_with_a_type(self) -> None:
        """The sentence is the contract's."""
        for text in ("", " ", "null", "true", "5", '"start"', "[]", "{}", '{"type":null}', '{"type":[]}', "{", "\x00"):
            with self.assertRaises(InvalidMessage, msg=text) as caught:
                wire.parse(text)
            self.assertEqual(caught.exception.sentence, "Expected start_transcription JSON")

    def test_bad_utf8(self) -> None:
        """Bytes that are no text are no message, in whatever encoding JSON might have been written once."""
        for payload in (b"\xff\xfe", b'{"type":"\xff"}', b"\xc3\x28", '{"type":"ping"}'.encode("utf-16")):
            with self.assertRaises(InvalidMessage):
                wire.parse(payload)

    def test_deep_nesting(self) -> None:
        """A frame full of brackets ends in a refusal, not in a RecursionError."""
        for text in ("[" * 65536, '{"a":' * 13000, '{"type":"ping","id":' + "[" * 60000):
            with self.assertRaises(InvalidMessage):
                wire.parse(text)

    def test_huge_numbers(self) -> None:
        """Numbers beyond what Python converts."""
        for number in ("9" * 65000, "-" + "9" * 5000, "1e999999", "0." + "1" * 60000):
            with self.assertRaises(InvalidMessage):
                wire.parse(f'{{"type":"ping","id":{number}}}' if number[0] != "0" else f"[{number}]")

    def test_lone_surrogates(self) -> None:
        """JSON may spell what UTF-8 cannot hold."""
        self.assertEqual(wire.parse('{"type":"\\ud800"}'), wire.Unknown())
        for fields in (
            '"type":"ping","id":"\\udfff"',
            '"type":"resume_transcription","sessionId":"s","resumeToken":"\\ud800"',
            '"type":"resume_transcription","sessionId":"\\ud800","resumeToken":"r"',
            '"type":"authenticate","token":"\\ud800"',
            '"type":"start_transcription","languageCode":"en-US","token":"\\ud800"',
            '"type":"start_transcription","languageCode":"en-US","vocabulary":"\\ud800"',
            '"type":"start_transcription","languageCode":"en-US","vocabulary":["\\ud800"]',
        ):
            with self.assertRaises(InvalidMessage):
                wire.parse(f"{{{fields}}}")

    def test_repeated_names(self) -> None:
        """The last one counts, as everywhere."""
        self.assertEqual(wire.parse('{"type":"flush","type":"pause"}'), wire.Pause())

    def test_a_full_frame(self) -> None:
        """64 KiB of string are read like any other."""
        self.assertEqual(parse(type="x" * 65500), wire.Unknown())


class PropertyTests(SynchronousTestCase):
    """What holds for any input at all."""

    @given(st.binary(max_size=300) | st.text(max_size=300))
    @example(b"{")
    @settings(deadline=None, max_examples=150)
    def test_parse_raises_nothing_else(self, text: bytes | str) -> None:
        """Any bytes: a value or an AlieError."""
        try:
            wire.parse(text)
        except AlieError:
            return

    @given(MESSAGES)
    @settings(deadline=None, max_examples=300)
    def test_any_fields_of_a_known_message(self, fields: dict[str, Any]) -> None:
        """Any fields in any type: a value, all of which can be encoded, or an AlieError whose sentence can be sent."""
        try:
            read = wire.parse(json.dumps(fields))
        except AlieError as error:
            wire.encode({"error": error.sentence})
        else:
            wire.encode(asdict(read))

    @given(st.text() | st.floats(allow_nan=True) | st.integers())
    @settings(deadline=None, max_examples=150)
    def test_an_accepted_id_can_be_sent_back(self, id_: Any) -> None:
        """Whatever ping is accepted, its pong encodes, and says the same."""
        try:
            ping = wire.parse(json.dumps({"type": "ping", "id": id_}))
        except AlieError:
            return
        assert isinstance(ping, wire.Ping)
        self.assertEqual(json.loads(wire.encode({"id": ping.id}))["id"], id_)
