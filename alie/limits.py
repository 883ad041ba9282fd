"""How long and how much a session may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one session, in seconds and bytes.

    Attributes:
        frame_bytes: the largest frame, text or audio.
        start_s: until the first message.
        authentication_s: the same while a token is owed.
        verify_s: until a token that is being verified counts as one that cannot be.
        expiry_warning_s: before a token expires, the client is told.
        expiry_grace_s: after that, until the session ends.
        quiet_s: silence of the wire that is treated as a pause.
        idle_s: without audio until the session ends.
        duration_s: of a whole session, from its start.
        recovery_s: until a client that knows no `engine_status` is told that the engine is being reopened.
        finish_s: without a result until an engine that is finishing is given up; longer than a supervised one goes on
            trying (`alie.legs.policy.LegPolicy.give_up_s`), or words that are kept would be lost.
        ack_s: between two acks while audio flows: with the frames that pages send, one a second at least.
        resume_s: that a session waits for a client whose socket is gone; 0: no session does.
        replay_bytes: of finals kept for such a client, whatever has reached it; see `alie.replay.Replay`.
    """

    frame_bytes: int = 65536
    start_s: float = 60.0
    authentication_s: float = 10.0
    verify_s: float = 15.0
    expiry_warning_s: float = 120.0
    expiry_grace_s: float = 60.0
    quiet_s: float = 5.0
    idle_s: float = 900.0
    duration_s: float = 14400.0
    recovery_s: float = 5.0
    finish_s: float = 120.0
    ack_s: float = 0.7
    resume_s: float = 30.0
    replay_bytes: int = 1_048_576
