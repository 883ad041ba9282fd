"""What can happen to a session. The messages of wire.py are events too."""

from __future__ import annotations

from dataclasses import dataclass, field

from alie.errors import AlieError
from alie.principal import Caller
from alie.transcript import Result


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket is open. `timestamp` is the wall time, ISO 8601 in UTC, ending in Z."""

    timestamp: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text frame, as it came."""

    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Audio:
    """A binary frame, as it came."""

    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A text frame that is not of the protocol."""

    error: AlieError


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline that the session named has come."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The socket is gone, whoever closed it.

    Attributes:
        is_clean: whether both sides have closed it as they should.
        is_farewell: whether it was the client who closed it so, and means to stay away (1000, or no code at all).
    """

    is_clean: bool = False
    is_farewell: bool = False


@dataclass(frozen=True, slots=True)
class Probed:
    """The client's end of the connection was pinged, behind all that was sent."""


@dataclass(frozen=True, slots=True)
class Answered:
    """It has answered the ping."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """Another socket takes the session over; this one must be told."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The socket serves the session that was claimed: this one has none any more."""


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """The session that was claimed is not here, or not this client's."""


@dataclass(frozen=True, slots=True)
class Drain:
    """The daemon will go down.

    Attributes:
        after_s: from now until no more audio is taken from anyone, in seconds.
        closing_s: from then until the last results must have been sent, in seconds.
        reconnect_after_s: from now until a client may come back.
    """

    after_s: float
    closing_s: float
    reconnect_after_s: int


@dataclass(frozen=True, slots=True)
class Verified:
    """A token proves who is speaking.

    Attributes:
        caller: who it is.
        lifetime_s: seconds from now until the proof expires; None: it does not.
        number: of the `Verify` that is answered.
    """

    caller: Caller
    lifetime_s: float | None
    number: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A token proves nothing, or cannot be verified now. `number`: of the `Verify` that is answered."""

    error: AlieError
    number: int


@dataclass(frozen=True, slots=True)
class Revoked:
    """The account, role, clinic or key of who is speaking is gone."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An export is done, or has failed.

    Attributes:
        url: where it can be fetched.
        expires_at: until when, ISO 8601 in UTC, ending in Z.
        error: why there is none; None where there is one.
    """

    url: str = field(default="", repr=False)
    expires_at: str = ""
    error: AlieError | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The engine sent a result."""

    result: Result = field(repr=False)


@dataclass(frozen=True, slots=True)
class EngineFlushed:
    """Everything before the oldest unanswered flush is final."""


@dataclass(frozen=True, slots=True)
class EngineFinished:
    """Everything is final."""


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """The engine is lost to this session."""

    error: AlieError


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How the engine leg is.

    Attributes:
        state: "recovering", "live" or "failed_over".
        engine: name of the engine concerned.
        error: what to tell of the trouble; None where there is none any more.
    """

    state: str
    engine: str
    error: AlieError | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """How far the engine has come.

    Attributes:
        settled_s: seconds of audio before which every word has been told as a final.
        backlog_s: seconds of audio that it has not heard.
    """

    settled_s: float
    backlog_s: float


@dataclass(frozen=True, slots=True)
class EngineBacklog:
    """The engine holds as much unheard audio as it may, or has room again."""

    is_full: bool
