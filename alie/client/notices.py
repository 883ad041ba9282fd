"""What a client tells of its connection, beside what the server says."""

from __future__ import annotations

from dataclasses import dataclass

from alie.server_messages import ServerMessage, Trouble


@dataclass(frozen=True, slots=True)
class Cut:
    """The dictation has no server for now; the client tries to come back, and keeps its audio meanwhile.

    Attributes:
        trouble: why.
        attempt: 1 for the first try since the dictation got anywhere.
        delay_s: until then, in seconds.
    """

    trouble: Trouble
    attempt: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class Back:
    """The dictation goes on.

    Attributes:
        is_anew: the session before is gone: another hears again what was not final.
        place_s: from where audio is sent again, seconds since its beginning.
    """

    is_anew: bool
    place_s: float


Told = ServerMessage | Cut | Back
