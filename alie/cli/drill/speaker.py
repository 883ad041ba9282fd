"""One session of an exercise: speaks its stamped recording as a page would, and notes what it is told and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from alie.audio import byte_length, seconds
from alie.cli import samples
from alie.cli.address import Address
from alie.cli.drill.account import Dictation, Status
from alie.cli.link import connect
from alie.cli.player import cut, each, play
from alie.cli.reasons import SessionFailed
from alie.client import PCM_RATE_HZ, StartRequest, Told, TranscriptionClient
from alie.server_messages import EngineStatus
from alie.simulator.records import Heard
from alie.simulator.script import MARKS, Script, script_of_text
from alie.simulator.stamp import stamp

# Between sentences that are said again: a recogniser would take them for its own stammer.
PAUSE_S = 0.8


@dataclass(frozen=True, slots=True)
class Recording:
    """What one session says.

    Attributes:
        speaker: number on its stamp.
        script: its words, with their times.
        pcm: stamped PCM16 mono at 16 kHz.
    """

    speaker: int
    script: Script
    pcm: bytes


def record(speaker: int, language_code: str, times: int) -> Recording:
    """The spoken sample of a language, so many times, with pauses between."""
    pause = bytes(byte_length(PAUSE_S, PCM_RATE_HZ))
    pcm = pause.join([samples.pcm(language_code)] * times)
    text = " ".join([samples.TEXTS[language_code]] * times)
    script = script_of_text(language_code, text, seconds(len(pcm), PCM_RATE_HZ))
    return Recording(speaker, script, stamp(pcm, speaker))


class Speaker:
    """One session, from its greeting to its end.

    Args:
        reactor: what connects and waits.
        address: of the daemon.
        recording: what is said.
    """

    def __init__(self, reactor: Any, address: Address, recording: Recording) -> None:
        self.recording = recording
        self._reactor = reactor
        self._address = address
        self._client = TranscriptionClient(StartRequest(language_code=recording.script.language_code))
        self._statuses: list[tuple[float, EngineStatus]] = []

    @property
    def session_id(self) -> str | None:
        """The daemon's name for the session, which its first leg has too."""
        return self._client.session_id

    async def speak(self) -> None:
        """Plays the recording in real time and waits for the last word; a failure is kept for `account`."""
        try:
            link = await connect(self._reactor, self._address, self._client, self._on_message)
            try:
                await link.start()
                await play(self._reactor, link, each(cut(self.recording.pcm)), is_realtime=True)
                await link.finish()
            finally:
                await link.close()
        except SessionFailed:
            pass  # kept by the client

    def account(self, heard: Heard, struck_s: float | None) -> Dictation:
        """What became of it.

        Args:
            heard: of its recording, by the simulator.
            struck_s: when the fault came about, on the reactor's clock; None: it did not.
        """
        client, recording = self._client, self.recording
        words = (word.strip(MARKS) for final in client.finals for word in final.text.split())
        return Dictation(
            number=recording.speaker,
            language_code=recording.script.language_code,
            expected=tuple(recording.script.texts),
            received=tuple(word for word in words if word),
            sent_sha256=hashlib.sha256(recording.pcm).hexdigest(),
            heard_sha256=heard.sha256,
            heard_again_s=heard.replayed_s,
            lost_s=client.completed.lost_s if client.completed else None,
            is_struck=struck_s is not None,
            told=tuple(
                Status(status.state, status.engine, status.code, at_s - (at_s if struck_s is None else struck_s))
                for at_s, status in self._statuses
            ),
            failure=client.failure.sentence if client.failure else None,
        )

    def _on_message(self, message: Told) -> None:
        if isinstance(message, EngineStatus):
            self._statuses.append((self._reactor.seconds(), message))
