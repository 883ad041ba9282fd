"""What one session went through, as its client, the proxies and the simulated service saw it. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alie.simulator.records import Heard
from bench.chaos.blows import CUTS, LASTING, Strike
from bench.chaos.plan import Part


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the daemon.

    Attributes:
        socket: number of the client's connection that it came on, from 0.
        at_s: when, on the reactor's clock.
        message: decoded.
    """

    socket: int
    at_s: float
    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LegSeen:
    """One engine leg, as the service saw it: when it was opened and was gone, on the reactor's clock."""

    opened_s: float
    closed_s: float | None
    ended_by: str


@dataclass(slots=True)
class Story:
    """One session; every instant is on the reactor's clock.

    Attributes:
        part: what was planned.
        expected: the scripted words, each only once among all sessions.
        pcm_sha256: of the recording.
        recording_s: its length.
        shown: every message, in order of arrival.
        received: the words that the client made of them, in order.
        accepted_s: when each of its connections reached the proxy.
        client_strikes: on its own leg.
        engine_strikes: on the daemon's legs for it.
        kills: when the daemon was ended while it spoke, and by which signal.
        legs: at the service.
        heard: by all of them together.
        close_code: that ended its last socket; None: it just was gone, or it still lives.
        closed_s: when the client saw that; None: it did not.
        failure: why it did not come to its end, in a sentence, or None.
        sent_s: seconds of audio handed to a socket once.
        over_s: when it was over.
    """

    part: Part
    expected: tuple[str, ...]
    pcm_sha256: str
    recording_s: float
    shown: list[Shown] = field(default_factory=list)
    received: tuple[str, ...] = ()
    accepted_s: tuple[float, ...] = ()
    client_strikes: tuple[Strike, ...] = ()
    engine_strikes: tuple[Strike, ...] = ()
    kills: tuple[tuple[float, str], ...] = ()
    legs: tuple[LegSeen, ...] = ()
    heard: Heard | None = None
    close_code: int | None = None
    closed_s: float | None = None
    failure: str | None = None
    sent_s: float = 0.0
    over_s: float = 0.0

    def of_type(self, *types: str) -> list[Shown]:
        """Messages of these types, in order."""
        return [one for one in self.shown if one.message["type"] in types]

    @property
    def completed(self) -> dict[str, Any] | None:
        """The daemon's last word, if it came."""
        last = self.of_type("transcription_complete")
        return last[-1].message if last else None

    @property
    def lost_s(self) -> float:
        """Seconds that the daemon told were lost."""
        return float(self.completed["lostSeconds"]) if self.completed else 0.0

    @property
    def replayed_s(self) -> float:
        """Seconds that the service heard again."""
        return self.heard.replayed_s if self.heard else 0.0

    @property
    def heard_s(self) -> float:
        """Seconds that the service heard, each once."""
        return len(self.heard.recording) / 32_000 if self.heard else 0.0

    @property
    def is_cut(self) -> bool:
        """Whether the client's connection was made useless, or the daemon was ended, while it spoke."""
        return bool(self.kills) or any(strike.kind in (*CUTS, *LASTING) for strike in self.client_strikes)

    @property
    def noticed_s(self) -> list[float]:
        """How long after each blow that ended its connection the client came again."""
        ends = [strike.at_s for strike in self.client_strikes if strike.kind in (*CUTS, *LASTING)]
        next_s = [next((at_s for at_s in self.accepted_s if at_s > end_s), None) for end_s in ends]
        return [at_s - end_s for at_s, end_s in zip(next_s, ends, strict=True) if at_s is not None]

    # Where the audio went: what was recorded is final, told lost, cut off, or not accounted for.

    @property
    def final_s(self) -> float:
        """Seconds whose words, all of them, reached the client as finals, as far as an engine heard them."""
        if self.received == self.expected:
            return min(self.heard_s, self.recording_s)
        shown = self.of_type("transcription_result")
        ends = [float(one.message["endTime"]) for one in shown if one.message["isFinal"] and one.message["text"]]
        return min(max(ends, default=0.0), self.heard_s, self.recording_s)

    @property
    def cut_off_s(self) -> float:
        """Of a plain client that saw its socket end: what lies behind the last final."""
        is_over = self.part.is_plain and self.completed is None and self.closed_s is not None
        return self.recording_s - self.final_s if is_over else 0.0

    @property
    def unaccounted_s(self) -> float:
        """Seconds that are none of all these."""
        return max(0.0, round(self.recording_s - self.final_s - self.lost_s - self.cut_off_s, 3))
