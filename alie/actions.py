"""What a session wants done. The adapter performs them in order and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alie import wire
from alie.principal import Caller
from alie.speech import StreamSpec


@dataclass(frozen=True, slots=True)
class Send:
    """Send one encoded message.

    Attributes:
        payload: UTF-8 JSON.
        partial_of: what a slow socket need keep the newest of only: a segment's name, or `ACK`.
        final_of: name of the segment that this is the final of.
        seq: number of the result; 0: it is none.
        is_last: whether it tells how the session ended.
    """

    payload: bytes = field(repr=False)
    partial_of: str | None = None
    final_of: str | None = None
    seq: int = 0
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket, after all that was sent before; `is_last` as in `Send`."""

    code: int
    reason: str
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class OpenEngine:
    """Open a stream at the engine; a refusal comes back as `EngineFailed`."""

    spec: StreamSpec


@dataclass(frozen=True, slots=True)
class Feed:
    """Hand whole samples to the engine."""

    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FlushEngine:
    """End the open segment."""


@dataclass(frozen=True, slots=True)
class FinishEngine:
    """No more audio will come."""


@dataclass(frozen=True, slots=True)
class AbortEngine:
    """Drop the stream."""


@dataclass(frozen=True, slots=True)
class PauseReading:
    """Take nothing more from the socket."""


@dataclass(frozen=True, slots=True)
class ResumeReading:
    """Read the socket again."""


@dataclass(frozen=True, slots=True)
class Weigh:
    """Find out how far the engine has come; the answer is one `Weighed`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """From now on this session may be taken over by another socket."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """It may not any more: nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Take a session over for this socket; the answer is `Moved`, or `Unclaimed`.

    Attributes:
        session_id: which.
        resume_token: the secret that its client was given.
        last_seq: number of the last result that the client has.
    """

    session_id: str
    resume_token: str = field(repr=False)
    last_seq: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """For the records: a client came back to its session."""


@dataclass(frozen=True, slots=True)
class Verify:
    """Verify a token; the answer is one `Verified` or `Refused` of the same number."""

    token: str = field(repr=False)
    number: int


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell by `Revoked` when this caller's access is gone; whoever was watched before is not any more."""

    caller: Caller


@dataclass(frozen=True, slots=True)
class Export:
    """Put a text where its user can fetch it; the answer is one `Exported`."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """For the records: proof was missing or no good.

    Attributes:
        code: of the error.
        way: how the proof came (`alie.standing`).
    """

    code: str
    way: str


@dataclass(frozen=True, slots=True)
class Started:
    """For the records: a dictation began.

    Attributes:
        language_code: as asked for.
        mode: one of `wire.MODES`.
        engine: name of the engine that will listen.
    """

    language_code: str
    mode: str
    engine: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Something for the metrics: "ignored", or an error's code, or a result and how long it took."""

    what: str
    delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over; all that may be known of it afterwards.

    Attributes:
        outcome: "complete", "lost" (the socket went away), "unstarted", "moved" (the socket took another session over),
            or the code of a fatal error.
        duration_s: from the opening of the socket, in seconds.
        language_code: as asked for; None if it never started.
        audio_s: seconds of audio received.
        finals: how many finals with text were sent.
        lost_s: seconds of audio that no engine heard.
        audio_bytes: the same audio as `audio_s`, in bytes.
        engines: names of the engines that listened, in their order.
        region: where audio went; None: it stayed here, or nobody knows.
    """

    outcome: str
    duration_s: float
    language_code: str | None = None
    audio_s: float = 0.0
    finals: int = 0
    lost_s: float = 0.0
    audio_bytes: int = 0
    engines: tuple[str, ...] = ()
    region: str | None = None


Action = (
    Send
    | Close
    | OpenEngine
    | Feed
    | FlushEngine
    | FinishEngine
    | AbortEngine
    | PauseReading
    | ResumeReading
    | Weigh
    | Offer
    | Withdraw
    | Claim
    | Resumed
    | Verify
    | Watch
    | Export
    | TurnedAway
    | Started
    | Counted
    | Ended
)


ACK = "audio_ack"
"""Stands for a segment's name in `Send.partial_of`: of acks, too, only the newest says anything."""


def send(message: dict[str, Any], *, is_last: bool = False) -> Send:
    """Encodes one message of replies.py, once; `is_last` as in `Send`."""
    return Send(wire.encode(message), is_last=is_last)
