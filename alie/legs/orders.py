"""What a supervision wants done, as frozen values: to the leg, and to the session."""

from __future__ import annotations

from dataclasses import dataclass

from alie.errors import AlieError
from alie.faults import Fault
from alie.speech import StreamSpec
from alie.transcript import Result

PRIMARY, FALLBACK = 0, 1

RECOVERING, LIVE, FAILED_OVER = "recovering", "live", "failed_over"


@dataclass(frozen=True, slots=True)
class OpenLeg:
    """Open a stream at an engine (PRIMARY or FALLBACK) under this generation; what it tells carries the generation."""

    generation: int
    engine: int
    spec: StreamSpec


@dataclass(frozen=True, slots=True)
class FeedLeg:
    """Hand audio to the leg."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class FlushLeg:
    """Have the leg end its segment."""


@dataclass(frozen=True, slots=True)
class FinishLeg:
    """No more audio for this leg."""


@dataclass(frozen=True, slots=True)
class AbortLeg:
    """Drop the leg, or its place in the queue for one."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the session a result, on its own clock."""

    result: Result


@dataclass(frozen=True, slots=True)
class TellOpen:
    """Tell the session that an engine listens, for the first time."""


@dataclass(frozen=True, slots=True)
class TellFlushed:
    """Tell the session that everything before its oldest flush is final."""


@dataclass(frozen=True, slots=True)
class TellFinished:
    """Tell the session that everything is final."""


@dataclass(frozen=True, slots=True)
class TellFailed:
    """Tell the session that no engine is left."""

    error: AlieError


@dataclass(frozen=True, slots=True)
class TellBacklog:
    """Tell the session to stop or go on reading its client."""

    is_full: bool


@dataclass(frozen=True, slots=True)
class TellStatus:
    """Tell the session how the engine leg is: RECOVERING, LIVE or FAILED_OVER."""

    state: str
    engine: int
    error: AlieError | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """For the log and the metrics: a leg failed.

    Attributes:
        engine: PRIMARY or FALLBACK.
        fault: how.
        detail: the vendor's name for it.
        is_alarm: whether an operator must look.
        replayed_s: seconds of audio that the next leg will hear again.
    """

    engine: int
    fault: Fault
    detail: str
    is_alarm: bool
    replayed_s: float


Order = (
    OpenLeg
    | FeedLeg
    | FlushLeg
    | FinishLeg
    | AbortLeg
    | Tell
    | TellOpen
    | TellFlushed
    | TellFinished
    | TellFailed
    | TellBacklog
    | TellStatus
    | Note
)
