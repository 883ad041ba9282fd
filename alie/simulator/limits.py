"""What the service bears, with its own numbers as defaults; shorter ones spare tests the wait.

Source: docs.aws.amazon.com/general/latest/gr/transcribe.html#limits-amazon-transcribe
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimulatorLimits:
    """Limits that are always watched.

    Attributes:
        starves_after_s: seconds without audio.
        longest_event_s: seconds of audio in one AudioEvent.
        longest_stream_s: seconds that a stream may last.
        streams: at once, over each transport by itself.
        opens_per_s: in any second, both transports together.
    """

    starves_after_s: float = 15.0
    longest_event_s: float = 1.0
    longest_stream_s: float = 4 * 3600.0
    streams: int = 25
    opens_per_s: int = 25
