"""The engine's event stream: any bytes, in any pieces, give the messages, or the damage, that they give at once."""

from __future__ import annotations

from itertools import accumulate, pairwise

from alie.engines.amazon.eventstream import Decoder, EventStreamError, Message, encode_audio
from tests.engines.amazon.service_end import transcript
from tests.engines.amazon.test_eventstream import event, message

SEEDS = (
    b"\x00\x03" + transcript({"ResultId": "r"}),
    b"\x00\x05" + transcript() + encode_audio(b"ab") + encode_audio(b""),
    b"\x00\x01" + event(b"{}", {":message-type": "exception", ":exception-type": "BadRequestException"}),
    b"\x01\x02\x05\x03abc\x07\x00\x02de\x01f\x00payload",
    b"\x01\x09\x05\x01a\x06\x00\x03bcd\x01e\x08" + bytes(8),
)
WORDS = (b":message-type", b":event-type", b"exception", b"\x07\x00")


def read(parts: list[bytes]) -> tuple[list[Message], bool]:
    """What was read, and whether it was damaged."""
    decoder, found = Decoder(), list[Message]()
    try:
        for part in parts:
            found += decoder.feed(part)
    except EventStreamError:
        return found, True
    return found, False


def one(data: bytes) -> None:
    """Two bytes say whether checksums are to be made right (they could not be guessed), and how all is cut."""
    if len(data) < 3:
        return
    is_made, step, rest = data[0] % 2, data[1] + 1, data[2:]
    if is_made:
        headers, payload = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        rest = message(headers, payload) + payload
    edges = [*accumulate([0, *[step] * (len(rest) // step)]), len(rest)]
    whole, is_damaged = read([rest])
    pieces, is_damaged_too = read([rest[start:stop] for start, stop in pairwise(edges)])
    assert is_damaged == is_damaged_too
    assert pieces[: len(whole)] == whole
    assert is_damaged or pieces == whole
