"""What is held for clients in memory, and who has to wait when that is too much. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

K = TypeVar("K")
LOW_SHARE = 0.75
"""Of the bound, at which everybody is read again."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held for one session.

    Attributes:
        unheard_bytes: audio that the engine has not heard yet.
        kept_bytes: audio that is not final yet, the above among it: it may have to be heard again.
        text_bytes: messages that wait for a client that reads slowly.
        backlog_s: the audio not heard yet, in seconds; None: there is no engine stream.
        ahead_s: how much more audio has come than time has passed since the start, in seconds.
    """

    unheard_bytes: int = 0
    kept_bytes: int = 0
    text_bytes: int = 0
    backlog_s: float | None = None
    ahead_s: float = 0.0

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.kept_bytes + self.text_bytes

    @property
    def behind_s(self) -> float | None:
        """Of the backlog what the engine is late with, in seconds, or None: a file that is sent waits by itself."""
        return None if self.backlog_s is None else max(0.0, self.backlog_s - max(0.0, self.ahead_s))


class Holder(Protocol):
    """Whoever drives a session."""

    def holding(self) -> Holding:
        """What is held for its client."""

    def hold(self, is_held: bool) -> None:
        """Whether its client is not to be read, since others need the memory; may be called repeatedly."""


class Budget(Generic[K]):
    """Says whose sockets are not to be read while more is held than may be: the greediest first, nobody's text or
    audio is dropped.

    Args:
        most_bytes: that may be held.

    Attributes:
        used_bytes: that were held when it was last asked.
        held: who is not read now.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.used_bytes = 0
        self.held: set[K] = set()

    @property
    def share(self) -> float:
        """What is held, as a share of what may be."""
        return self.used_bytes / self._most_bytes

    @property
    def is_spent(self) -> bool:
        """Whether nobody new may begin to hold anything."""
        return self.used_bytes >= self._most_bytes or bool(self.held)

    def weigh(self, sizes: Mapping[K, int], other_bytes: int = 0) -> None:
        """Takes what is held for each, and besides; `held` is then who must not be read.

        Who is held stays so until all of it has fallen to `LOW_SHARE`: an order by size that changes every moment would
        have everybody stop and go.
        """
        self.used_bytes = sum(sizes.values()) + other_bytes
        excess = self.used_bytes - self._most_bytes * LOW_SHARE
        if excess <= 0:
            self.held = set()
            return
        self.held &= sizes.keys()
        if self.used_bytes < self._most_bytes:
            return
        # As many as hold what is too much: what they have will be heard and told, and nothing comes after it.
        excess -= sum(sizes[key] for key in self.held)
        for key in sorted(sizes.keys() - self.held, key=lambda key: sizes[key], reverse=True):
            if excess <= 0:
                break
            self.held.add(key)
            excess -= sizes[key]
