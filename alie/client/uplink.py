"""What a dictation has to say, in its order: audio, and the requests between. Said again from any place still kept."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from alie.audio import byte_length, seconds
from alie.client.requests import FLUSH, PCM_RATE_HZ, STOP
from alie.legs.ring import Ring

# Far more than the server lets wait (30 s) with the longest segment behind it: who comes to this bound waits, and with
# no results for so long is given up.
KEPT_BYTES = byte_length(300.0, PCM_RATE_HZ)
_MESSAGE_BYTES = 65536


class Outgoing(NamedTuple):
    """One message to the server."""

    payload: bytes
    is_binary: bool = False


class Uplink:
    """Keeps audio until it is released; places are bytes since the dictation's first.

    Attributes:
        sent_to: how far audio has been handed to any socket.
    """

    def __init__(self) -> None:
        self._audio = Ring()
        self._flushes: deque[int] = deque()  # places of those not answered
        self._asked = 0  # of them, on this socket
        self._is_stopped = False
        self._stop_is_due = False
        self._keeps = False
        self._at: int | None = None
        self.sent_to = 0

    @property
    def said_to(self) -> int | None:
        """How far audio has been handed to the present socket; None: nobody listens."""
        return self._at

    @property
    def has_room(self) -> bool:
        """Whether more audio may be pushed: all has been handed on, and not too much is kept."""
        return self.sent_to == self._audio.end and self._audio.end - self._audio.start < KEPT_BYTES

    def push(self, frame: bytes) -> None:
        """Takes PCM16 audio, at most 64 KiB."""
        self._audio.append(frame)

    def flush(self) -> None:
        """Has finals asked for of all audio so far, until that is answered."""
        self._flushes.append(self._audio.end)

    def answered(self) -> None:
        """The oldest flush is."""
        if self._flushes and self._asked:
            self._flushes.popleft()
            self._asked -= 1

    def stop(self) -> None:
        """There is no more audio."""
        self._is_stopped = self._stop_is_due = True

    def begin(self, place: int, *, keeps: bool) -> None:
        """A server listens, from `place` on; what was asked and not answered is asked again.

        Args:
            place: of the first byte to be sent.
            keeps: audio that was sent may be needed again.

        Raises:
            ValueError: no such audio is kept.
        """
        if not self._audio.start <= place <= self._audio.end:
            raise ValueError("no such audio is kept")
        self._at, self._keeps = place, keeps
        self._asked = 0
        self._stop_is_due = self._is_stopped

    def detach(self) -> None:
        """Nobody listens."""
        self._at = None

    def release(self, place: int) -> None:
        """No audio before `place` will be needed again."""
        self._audio.release(min(place, self.sent_to))

    def next(self) -> Outgoing | None:
        """What is to be sent now, once; None where there is nothing, or nobody to hear it."""
        if self._at is None:
            return None
        flush_at = self._flushes[self._asked] if self._asked < len(self._flushes) else self._audio.end + 1
        if flush_at <= self._at:
            self._asked += 1
            return Outgoing(FLUSH)
        if self._at < self._audio.end:
            return self._speak(self._at, min(_MESSAGE_BYTES, flush_at - self._at))
        if self._stop_is_due:
            self._stop_is_due = False
            return Outgoing(STOP)
        return None

    def _speak(self, place: int, most: int) -> Outgoing:
        frame = self._audio.read(place, most)
        self._at = place + len(frame)
        self.sent_to = max(self.sent_to, self._at)
        if not self._keeps:
            self._audio.release(self._at)
        return Outgoing(frame, is_binary=True)


def place_of(time_s: float) -> int:
    """Bytes before a time; whole samples, rounded down."""
    return byte_length(max(0.0, time_s), PCM_RATE_HZ)


def time_of(place: int) -> float:
    """Seconds before a place."""
    return seconds(place, PCM_RATE_HZ)
