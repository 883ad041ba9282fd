"""What became of all the audio and all the words of a run. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.chaos.blows import Strike
from bench.chaos.story import Story
from bench.scoring import percentile


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions of one kind of client.

    Attributes:
        sessions: how many.
        complete: of them, those that came to their end in good order.
        cut: those whose own leg, or the daemon, was ended under them.
        resumed: sockets that went on with a session of an earlier one.
        begun_anew: sockets that had to begin a new session in the midst of a dictation.
        words: scripted in their recordings.
        once: of those, received once.
        doubled: received more often.
        recorded_s: seconds of all recordings.
        final_s: of them, heard by an engine whose finals reached the client.
        told_lost_s: told to be lost.
        cut_off_s: of plain clients that saw their socket end: not covered by finals that they have. Their page knows.
        replayed_s: heard by an engine again.
        unaccounted_s: none of these; must be 0.
    """

    sessions: int
    complete: int
    cut: int
    resumed: int
    begun_anew: int
    words: int
    once: int
    doubled: int
    recorded_s: float
    final_s: float
    told_lost_s: float
    cut_off_s: float
    replayed_s: float
    unaccounted_s: float


@dataclass(frozen=True, slots=True)
class Account:
    """One run.

    Attributes:
        alie: clients that resume.
        plain: clients of the contract.
        on_clients: how often each blow came about on the clients' legs.
        on_engines: the same on the daemon's legs to the engine.
        kills: signals that the daemon got.
        noticed_p50_s: from a cut of its leg to a client's next connection, half of them.
        noticed_worst_s: the longest of those.
        found: what was not as it should be.
        took_s: how long the run took.
        late_s: how late the process of clients, proxies and service was with a timer, at worst.
    """

    alie: Group
    plain: Group
    on_clients: dict[str, int]
    on_engines: dict[str, int]
    kills: tuple[str, ...]
    noticed_p50_s: float | None
    noticed_worst_s: float | None
    found: tuple[str, ...]
    took_s: float
    late_s: float


def account_of(
    stories: Iterable[Story],
    found: Sequence[str],
    *,
    kills: Sequence[str],
    strikes: Iterable[Strike],
    took_s: float,
    late_s: float,
) -> Account:
    """Sums up; see `Account`."""
    told = list(stories)
    waits = [wait_s for story in told if not story.part.is_plain for wait_s in story.noticed_s]
    return Account(
        alie=_group([story for story in told if not story.part.is_plain]),
        plain=_group([story for story in told if story.part.is_plain]),
        on_clients=dict(Counter(strike.kind.name for story in told for strike in story.client_strikes)),
        on_engines=dict(Counter(strike.kind.name for strike in strikes)),
        kills=tuple(kills),
        noticed_p50_s=percentile(waits, 0.5) if waits else None,
        noticed_worst_s=max(waits, default=None),
        found=tuple(found),
        took_s=took_s,
        late_s=late_s,
    )


def _group(stories: Sequence[Story]) -> Group:
    counts = [Counter(story.received) for story in stories]
    pairs = list(zip(stories, counts, strict=True))
    return Group(
        sessions=len(stories),
        complete=sum(story.completed is not None for story in stories),
        cut=sum(story.is_cut for story in stories),
        resumed=sum(len(story.of_type("stream_resumed")) for story in stories),
        begun_anew=sum(max(0, len(story.of_type("stream_ready")) - 1) for story in stories),
        words=sum(len(story.expected) for story in stories),
        once=sum(count[word] == 1 for story, count in pairs for word in story.expected),
        doubled=sum(count[word] > 1 for story, count in pairs for word in story.expected),
        recorded_s=sum(story.recording_s for story in stories),
        final_s=sum(story.final_s for story in stories),
        told_lost_s=sum(story.lost_s for story in stories),
        cut_off_s=sum(story.cut_off_s for story in stories),
        replayed_s=sum(story.replayed_s for story in stories),
        unaccounted_s=sum(story.unaccounted_s for story in stories),
    )
