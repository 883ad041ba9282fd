"""What a client may not have got yet: every final of a session, and the newest partial of each open segment. Pure."""

from __future__ import annotations

from collections import deque

from alie.actions import Send


class Replay:
    """Keeps encoded results, so that a client that comes back can be sent what it missed.

    No final is dropped that may still be on its way: above `most_bytes` only those go that the client's end of the
    connection has answered for (`probe`, `confirm`), the oldest first.

    Args:
        most_bytes: of finals that is kept whatever was answered for.
    """

    __slots__ = ("_confirmed", "_finals", "_most_bytes", "_partials", "_probed", "byte_count", "dropped", "seq")

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._finals: deque[Send] = deque()
        self._partials: dict[str, Send] = {}
        self._confirmed = 0
        self._probed: int | None = None
        self.byte_count = 0
        """Bytes kept, partials left out: there is one for each open segment."""
        self.dropped = 0
        """Number of the newest final that is not kept any more; 0: all are."""
        self.seq = 0
        """Number of the newest result."""

    def note(self, sent: Send) -> None:
        """Keeps one result; one that is known already (it is being sent again) is left out."""
        if sent.seq <= self.seq:
            return
        self.seq = sent.seq
        if sent.partial_of is not None:
            self._partials[sent.partial_of] = sent
            return
        self._partials.pop(sent.final_of or "", None)
        self._finals.append(sent)
        self.byte_count += len(sent.payload)
        self._drop()

    def probe(self) -> None:
        """The client's end of the connection is asked for an answer, behind all that was sent so far.

        Asked again before the answer, it may answer either: only what was sent before the first is sure to be there.
        """
        if self._probed is None:
            self._probed = self.seq

    def confirm(self) -> None:
        """It has answered: what was sent before the question has arrived there."""
        if self._probed is not None:
            self._confirmed, self._probed = max(self._confirmed, self._probed), None
            self._drop()

    def disconnect(self) -> None:
        """The connection is gone: an answer on it counts no more."""
        self._probed = None

    def can_follow(self, seq: int) -> bool:
        """Whether everything after result `seq` could be sent again."""
        return self.dropped <= seq <= self.seq

    def after(self, seq: int) -> list[Send]:
        """The finals after result `seq` and the newest partial of each open segment, by their numbers."""
        finals = [final for final in self._finals if final.seq > seq]
        return sorted([*finals, *self._partials.values()], key=lambda sent: sent.seq)

    def _drop(self) -> None:
        while self.byte_count > self._most_bytes and self._finals[0].seq <= self._confirmed:
            final = self._finals.popleft()
            self.byte_count -= len(final.payload)
            self.dropped = final.seq
