"""What can go wrong with one stream at a vendor, as classes of trouble that call for different answers."""

from __future__ import annotations

import enum

from alie.errors import AlieError, EngineUnavailable


class Fault(enum.Enum):
    """Why a stream ended that nobody ended.

    What is to be done about each is decided in `alie.legs.recovery`.
    """

    STARVED = "starved"
    """It got no audio for too long: a fault of ours."""
    OVERSIZE = "oversize"
    """A frame was larger than the vendor takes: a fault of ours."""
    PARAMETER = "parameter"
    """The vendor cannot take the parameters; the same request will fail again."""
    LIMIT = "limit"
    """A quota: too many streams, opened too quickly, or one that lasted too long."""
    CONFLICT = "conflict"
    """Another stream was opened under the same session id."""
    SERVICE = "service"
    """The vendor has trouble of its own."""
    CREDENTIALS = "credentials"
    """Keys that are missing, expired or not allowed to do this, or a clock that is wrong."""
    CLOSED = "closed"
    """The vendor closed the stream in good order, without a word why."""
    CONNECTION = "connection"
    """The connection could not be made, was cut, or takes nothing more."""
    SILENT = "silent"
    """It hears speech and says nothing."""


class StreamFailed(EngineUnavailable):
    """A stream is dead. Told to `StreamListener.on_failed`; what a client hears of it is decided by the supervisor.

    Args:
        fault: what kind of trouble it is.
        detail: for the log: the vendor's name for it, such as "LimitExceededException". Never holds speech or secrets.
    """

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__()
        self.fault = fault
        self.detail = detail


def fault_of(error: AlieError) -> Fault:
    """The class of an error that ended a stream; SERVICE for one that says no more than that it failed."""
    return error.fault if isinstance(error, StreamFailed) else Fault.SERVICE
