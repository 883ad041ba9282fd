"""Texts of clients: whatever one says, parsing gives a value or an AlieError, and a session answers in JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from alie import actions as do
from alie import events as on
from alie import wire
from alie.errors import AlieError
from tests.support.driving import Driver
from tests.support.machine_inputs import MESSAGES_AS_SENT
from tests.test_hostile_messages import NAMES

SEEDS = (
    *MESSAGES_AS_SENT,
    b'{"type":"start_transcription","languageCode":"en-US","sampleRate":16000,"mode":"ambient","ack":true,"words":true}',
    b'{"type":"start_transcription","languageCode":"auto","vocabulary":["a","b"],"partials":false,"resume":true}',
    b'{"type":"start_transcription","languageCode":"fr-CA","vocabulary":"name","token":"t","sampleRate":48000}',
    b'{"type":"resume_transcription","sessionId":"s","resumeToken":"r","lastSeq":1,"token":"t"}',
    b'{"type":"ping","id":"\\u00e9"}',
    b'{"type":"ping","id":1.5e3}',
)
WORDS = tuple(f'"{name}":'.encode() for name in NAMES.split(" ")) + tuple(
    f'"{name}"'.encode() for name in wire._READERS
)


def one(data: bytes) -> None:
    """As the first message, as one of a session that runs, and while nobody has proved who he is."""
    try:
        wire.encode(asdict(wire.parse(data)))
    except AlieError:
        pass
    greeted, started, owing = Driver(), Driver().started(), Driver(is_token_owed=True)
    for driver in (greeted, owing):
        driver.open()
    for driver in (greeted, started, owing):
        driver.receive(on.Text(data))
        driver.receive(on.Text(data))
        for action in driver.actions:
            if isinstance(action, do.Send):
                json.loads(action.payload)
