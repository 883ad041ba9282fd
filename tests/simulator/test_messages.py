"""Tests of alie.simulator.messages, against botocore's parser."""

from __future__ import annotations

import json
from typing import Any

from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.messages import (
    BadMessage,
    decode_message,
    encode_event,
    encode_exception,
    encode_message,
)


def parsed(message: bytes) -> list[Any]:
    """As botocore reads it."""
    buffer: Any = EventStreamBuffer()
    buffer.add_data(message)
    return list(buffer)


class EncodingTests(SynchronousTestCase):
    """What clients get."""

    @given(st.dictionaries(st.from_regex(r"[a-z:-]{1,40}", fullmatch=True), st.text(max_size=200)), st.binary())
    @settings(deadline=None)
    def test_any_message(self, headers: dict[str, str], payload: bytes) -> None:
        """botocore reads what was written."""
        (message,) = parsed(encode_message(headers, payload))
        self.assertEqual((message.headers, message.payload), (headers, payload))

    def test_an_event(self) -> None:
        """With the headers of the service."""
        (message,) = parsed(encode_event("TranscriptEvent", b"{}"))
        self.assertEqual(message.headers[":event-type"], "TranscriptEvent")
        self.assertEqual(message.to_response_dict()["status_code"], 200)

    def test_an_exception(self) -> None:
        """botocore takes it for one."""
        (message,) = parsed(encode_exception("BadRequestException", "Échec"))
        self.assertEqual(message.to_response_dict()["status_code"], 400)
        self.assertEqual(message.headers[":exception-type"], "BadRequestException")
        self.assertEqual(json.loads(message.payload), {"Message": "Échec"})


class DecodingTests(SynchronousTestCase):
    """What clients send."""

    def test_a_whole_message(self) -> None:
        """Headers and payload."""
        sent = encode_message({":message-type": "event"}, b"audio")
        self.assertEqual(decode_message(sent), ({":message-type": "event"}, b"audio"))

    def test_any_byte_changed(self) -> None:
        """Both checksums are looked at."""
        sent = encode_message({":message-type": "event"}, b"audio")
        for at in range(len(sent)):
            with self.assertRaises(BadMessage, msg=at):
                decode_message(sent[:at] + bytes([sent[at] ^ 1]) + sent[at + 1 :])

    def test_not_one_whole_message(self) -> None:
        """A part, two, something behind it, nothing."""
        sent = encode_message({}, b"audio")
        for wrong in (sent[:-1], sent + sent, sent + b"x", b""):
            with self.assertRaises(BadMessage):
                decode_message(wrong)
