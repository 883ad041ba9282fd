"""What became of each session of an exercise, and whether that is good. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from alie.cli.drill.kinds import Kind
from alie.cli.samples import share_heard

# What another engine hears it writes in its own way, and the script's times are not those of the speech: where one
# took over, most of the words have to be there.
ENOUGH_WORDS = 0.6


@dataclass(frozen=True, slots=True)
class Status:
    """An `engine_status` that a client was told.

    Attributes:
        state: "recovering", "live" or "failed_over".
        engine: name of the engine, or None.
        code: of the error behind it, or None.
        after_s: seconds since the fault.
    """

    state: str
    engine: str | None
    code: str | None
    after_s: float


@dataclass(frozen=True, slots=True)
class Dictation:
    """One session, as its client and the simulator saw it.

    Attributes:
        number: of the session in the exercise, from 1.
        language_code: that was spoken.
        expected: the scripted words, each only once among them.
        received: the words of all finals, without their marks, in order of arrival.
        sent_sha256: of the audio that the client sent, in hexadecimal.
        heard_sha256: of what all legs together heard of it, each sample once.
        heard_again_s: seconds of it that a leg heard which another had heard before.
        lost_s: seconds that no engine heard, by the daemon's account; None: it gave none.
        is_struck: whether the fault came about.
        told: in order.
        failure: why the session did not come to its end, in a sentence, or None.
    """

    number: int
    language_code: str
    expected: tuple[str, ...]
    received: tuple[str, ...]
    sent_sha256: str
    heard_sha256: str
    heard_again_s: float
    lost_s: float | None
    is_struck: bool
    told: tuple[Status, ...] = ()
    failure: str | None = None

    @property
    def once(self) -> int:
        """Scripted words that were received once."""
        return sum(count == 1 for count in self._counts.values())

    @property
    def doubled(self) -> int:
        """Scripted words that were received more than once."""
        return sum(count > 1 for count in self._counts.values())

    @property
    def missing(self) -> int:
        """Scripted words that were not received, nor written by another engine as they are spoken."""
        left = [word for word, count in self._counts.items() if count == 0]
        if not left or not self.has_failed_over:
            return len(left)
        return round(len(left) * (1 - share_heard(_spoken(self._others), _spoken(left))))

    @property
    def others(self) -> int:
        """Words received that no script has: those of another engine, which knows none."""
        return len(self._others)

    @property
    def has_failed_over(self) -> bool:
        """Whether another engine took over."""
        return any(status.state == "failed_over" for status in self.told)

    @property
    def shortcomings(self) -> list[str]:
        """What is wrong, in few words each; empty: nothing was lost or doubled."""
        if self.failure is not None:
            return [self.failure]
        found = [f"{self.doubled} doubled"] if self.doubled else []
        if self.lost_s is None or self.lost_s > 0:
            found.append("no account" if self.lost_s is None else f"{self.lost_s:.1f} s lost")
        found += self._failover_shortcomings() if self.has_failed_over else self._strict_shortcomings()
        return found if self.is_struck else [*found, "not struck"]

    def _strict_shortcomings(self) -> list[str]:
        found = [f"{self.missing} missing"] if self.missing else []
        if self.others:
            found.append(f"{self.others} never said")
        known = [word for word in self.received if word in self._counts]
        if not self.missing and not self.doubled and known != list(self.expected):
            found.append("out of order")
        if self.sent_sha256 != self.heard_sha256:
            found.append("audio differs")
        return found

    def _failover_shortcomings(self) -> list[str]:
        is_enough = self.missing <= (1 - ENOUGH_WORDS) * len(self.expected)
        return [] if is_enough else [f"{self.missing} missing"]

    @property
    def _others(self) -> list[str]:
        return [word for word in self.received if word not in self._counts]

    @property
    def _counts(self) -> dict[str, int]:
        received = Counter(self.received)
        return {word: received[word] for word in self.expected}


@dataclass(frozen=True, slots=True)
class Told:
    """What clients were told of one state.

    Attributes:
        state: see `Status`.
        causes: engines or codes that came with it, sorted.
        sessions: that were told.
        longest_s: seconds from the fault to the first time a client was told, at most.
    """

    state: str
    causes: tuple[str, ...]
    sessions: int
    longest_s: float


@dataclass(frozen=True, slots=True)
class Round:
    """One kind of fault, and the sessions that it struck."""

    kind: Kind
    sessions: tuple[Dictation, ...]

    @property
    def is_well(self) -> bool:
        """Whether every session is."""
        return not any(session.shortcomings for session in self.sessions)

    @property
    def struck(self) -> int:
        """Sessions whose leg failed."""
        return sum(session.is_struck for session in self.sessions)

    @property
    def told(self) -> tuple[Told, ...]:
        """By state, in the order in which the states came; what was told before the fault is no answer to it."""
        answers = [[status for status in session.told if status.after_s >= 0] for session in self.sessions]
        states = dict.fromkeys(status.state for statuses in answers for status in statuses)
        return tuple(_told(state, answers) for state in states)


def _told(state: str, answers: Iterable[list[Status]]) -> Told:
    of_each = [[status for status in statuses if status.state == state] for statuses in answers]
    came = [statuses for statuses in of_each if statuses]
    causes = {status.code or status.engine or "" for statuses in came for status in statuses} - {""}
    return Told(state, tuple(sorted(causes)), len(came), max(statuses[0].after_s for statuses in came))


def _spoken(words: Iterable[str]) -> str:
    # A scripted word carries its position behind it.
    return " ".join(word.rstrip("0123456789") for word in words)
