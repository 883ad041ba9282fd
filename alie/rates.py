"""What rate a plain client's audio really has: one page in production declares 44100 Hz and sends 16000."""

from __future__ import annotations

from alie import audio
from alie.wire import PLAIN_SAMPLE_RATE_HZ

DOUBTFUL_RATES_HZ = (44100, 48000)
WEIGHING_S = 2.0
# Audio that is paced by a microphone stays near its rate all along; a file sent at once is far off at the first look.
TOLERANCE = 0.12
FIRST_LOOK_S = 1.0
# A page may hold a few frames back and send them together.
SLACK_S = 0.3


class RateScale:
    """Weighs the bytes of a plain client over its first two seconds of wall time against the rate it declared.

    Args:
        declared_rate_hz: one of `DOUBTFUL_RATES_HZ`.
        now: when the first audio came, in seconds.
    """

    def __init__(self, declared_rate_hz: int, now: float) -> None:
        self._declared_rate_hz = declared_rate_hz
        self._began_at = now
        self._byte_count = 0
        self._was_paced = True

    @property
    def due_at(self) -> float:
        """When the verdict can be given."""
        return self._began_at + WEIGHING_S

    def add(self, byte_count: int, now: float) -> None:
        """Counts a frame that came at `now`."""
        self._byte_count += byte_count
        elapsed = now - self._began_at
        ahead_s = audio.seconds(self._byte_count, self._declared_rate_hz) - elapsed
        if elapsed < FIRST_LOOK_S and ahead_s > SLACK_S + TOLERANCE * FIRST_LOOK_S:
            self._was_paced = False

    def verdict(self, now: float) -> int:
        """The rate to read the audio at, in Hz: the declared one if the bytes match it, else 16000.

        Asked before it is due (the client stopped), the answer is 16000: too little was heard to doubt it.
        """
        elapsed = now - self._began_at
        heard = audio.seconds(self._byte_count, self._declared_rate_hz)
        matches = abs(heard - elapsed) <= TOLERANCE * elapsed + SLACK_S
        is_due = elapsed >= WEIGHING_S
        return self._declared_rate_hz if is_due and self._was_paced and matches else PLAIN_SAMPLE_RATE_HZ


def is_doubtful(declared_rate_hz: int | None) -> bool:
    """Whether a plain client's declared rate is one that some clients really send."""
    return declared_rate_hz in DOUBTFUL_RATES_HZ
