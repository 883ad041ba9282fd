"""Which audio came, which was given to an engine, and which is settled: the session's one clock.

Session time is samples received / sample rate. Pauses and engine changes do not move it.
"""

from __future__ import annotations

from collections import deque

from alie import audio

# Over a minute of frames as browsers send them (256 ms), 5 s of the smallest; 120 bytes each.
ARRIVALS_KEPT = 256


class Ledger:
    """Counts the audio of one session.

    Args:
        sample_rate_hz: of the audio; `rebase` changes it.
    """

    __slots__ = ("_arrivals", "final_bytes", "given_bytes", "received_bytes", "sample_rate_hz")

    def __init__(self, sample_rate_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.received_bytes = 0
        self.given_bytes = 0
        self.final_bytes = 0
        """Every word before it has been told as a final."""
        # (bytes received up to and with this frame, when): bounded, for latencies only.
        self._arrivals: deque[tuple[int, float]] = deque(maxlen=ARRIVALS_KEPT)

    @property
    def received_s(self) -> float:
        """Seconds of audio received."""
        return audio.seconds(self.received_bytes, self.sample_rate_hz)

    @property
    def lost_s(self) -> float:
        """Seconds of audio received that no engine was given."""
        return audio.seconds(self.received_bytes - self.given_bytes, self.sample_rate_hz)

    def receive(self, byte_count: int, now: float) -> None:
        """Counts a frame that came at `now`."""
        self.received_bytes += byte_count
        self._arrivals.append((self.received_bytes, now))

    def give(self, byte_count: int) -> None:
        """Counts audio that was handed to an engine."""
        self.given_bytes += byte_count

    def settle(self, position_s: float) -> None:
        """Every word before `position_s` has been told as a final. Never goes back, never beyond what was given."""
        settled = min(self.given_bytes, audio.byte_length(position_s, self.sample_rate_hz))
        self.final_bytes = max(self.final_bytes, settled)

    def take_back(self, position_s: float) -> None:
        """What was given beyond `position_s` was not heard after all."""
        self.given_bytes = min(self.given_bytes, audio.byte_length(position_s, self.sample_rate_hz))

    def rebase(self, sample_rate_hz: int) -> None:
        """Reads everything received so far at another rate."""
        self.sample_rate_hz = sample_rate_hz

    def delay_s(self, position_s: float, now: float) -> float | None:
        """Seconds from the arrival of the audio at `position_s` to `now`; None when that is long gone."""
        wanted = audio.byte_length(position_s, self.sample_rate_hz)
        arrived_at: float | None = None
        # Results are about what has just come: it is found within a few steps from the end.
        for received, at in reversed(self._arrivals):
            if received < wanted:
                return None if arrived_at is None else now - arrived_at
            arrived_at = at
        is_complete = len(self._arrivals) < ARRIVALS_KEPT
        return now - arrived_at if arrived_at is not None and is_complete else None
