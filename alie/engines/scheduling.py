"""Which job runs next when there are fewer workers than jobs. Pure: values in, a choice out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

EARLY_S = 0.5
"""A job due later than this from now belongs to audio that came faster than real time."""


class Kind(IntEnum):
    """What a job is, the most urgent first."""

    LISTEN = 0
    """Short (a few milliseconds); has a worker of its own, so that it never waits for the long ones."""
    FINAL = 1
    FIRST = 2
    """A partial of an utterance of which nothing is shown yet."""
    PARTIAL = 3
    WARM_UP = 4


PARTIALS = (Kind.FIRST, Kind.PARTIAL)
"""Of which an owner has one at a time."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job as the choice sees it.

    Attributes:
        kind: what it is.
        due_s: the reactor's time at which its audio would have been heard, had it come in real time; for partials,
            the first audio that none of them has read, so that who has waited longest goes first.
        number: order of submission.
    """

    kind: Kind
    due_s: float
    number: int

    def is_early(self, now_s: float) -> bool:
        """Whether its audio came so much faster than real time that everyone else goes first."""
        return self.due_s > now_s + EARLY_S


def choose(queued: Iterable[Ticket], running: Iterable[Ticket], now_s: float, workers: int) -> Ticket | None:
    """The ticket to run now, or None when all must wait.

    Long jobs have `workers` threads, short ones one more. Among long jobs the order is: audio of live streams
    before audio sent ahead of time; finals, partials where nothing is shown yet, other partials; the oldest first.
    Audio sent ahead of time leaves one worker free for live streams, if there are two.

    Args:
        queued: tickets that wait.
        running: tickets that run.
        now_s: the reactor's time.
        workers: how many long jobs may run at once, at least 1.
    """
    running = list(running)
    busy = [ticket for ticket in running if ticket.kind is not Kind.LISTEN]
    can_listen = len(busy) == len(running)
    early_busy = sum(ticket.is_early(now_s) for ticket in busy)

    def may_run(ticket: Ticket) -> bool:
        if ticket.kind is Kind.LISTEN:
            return can_listen
        if ticket.is_early(now_s) and early_busy >= max(1, workers - 1):
            return False
        return len(busy) < workers

    def urgency(ticket: Ticket) -> tuple[bool, bool, Kind, float, int]:
        is_long = ticket.kind is not Kind.LISTEN
        return is_long, ticket.is_early(now_s), ticket.kind, ticket.due_s, ticket.number

    return min(filter(may_run, queued), key=urgency, default=None)
