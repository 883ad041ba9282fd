"""One speaker at a daemon: plays a take over a WebSocket as a page would, and notes what comes back and when."""

from __future__ import annotations

from typing import Any

from alie.cli.address import Address
from alie.cli.link import connect
from alie.cli.player import cut, each, play
from alie.cli.reasons import SessionFailed
from alie.client import StartRequest, Told, TranscriptionClient
from alie.server_messages import Segment, Trouble
from bench.scoring import Heard
from bench.takes import Take


class Speaker:
    """Speaks one take from beginning to end.

    Attributes:
        take: what is said.
        results: every partial and final, as it came.
        trouble: why it did not come to its end, else None.
        lost_s: seconds of audio that the daemon says no engine heard.
    """

    def __init__(self, reactor: Any, address: Address, take: Take) -> None:
        self._reactor = reactor
        self._address = address
        self._client = TranscriptionClient(StartRequest(language_code=take.language))
        self._began = 0.0
        self.take = take
        self.results: list[Heard] = []

    @property
    def trouble(self) -> Trouble | None:
        """Why it did not come to its end, else None."""
        return self._client.failure

    @property
    def lost_s(self) -> float:
        """Seconds of audio that the daemon says no engine heard."""
        return self._client.completed.lost_s if self._client.completed else 0.0

    async def speak(self) -> Speaker:
        """Plays the take in real time and waits for the last word; a failure is kept in `trouble`."""
        try:
            link = await connect(self._reactor, self._address, self._client, self._on_message)
            try:
                await link.start()
                self._began = self._reactor.seconds()
                await play(self._reactor, link, each(cut(self.take.pcm)), is_realtime=True)
                await link.finish()
            finally:
                await link.close()
        except SessionFailed:
            pass  # kept by the client
        return self

    def _on_message(self, message: Told) -> None:
        if isinstance(message, Segment):
            came_s = self._reactor.seconds() - self._began
            self.results.append(
                Heard(message.result_id, message.start_s, message.end_s, message.text, message.is_final, came_s)
            )
