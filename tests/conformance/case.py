"""One row of the table of RFC 6455: frames that a peer sends, and what must come of them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.pieces import Piece


@dataclass(frozen=True, slots=True)
class Case:
    """One row; the connection is open before it.

    Attributes:
        name: what is special.
        section: of RFC 6455, that says what must happen.
        pieces: what the peer sends.
        messages: text (str) and binary (bytes) messages that are taken, in order.
        pongs: what is answered to pings, in order.
        refusal: the code of the error that is told before it is closed; empty: none is.
        close: the code of the close frame that answers; None: the connection stays open.
    """

    name: str
    section: str
    pieces: tuple[Piece, ...]
    messages: tuple[str | bytes, ...] = ()
    pongs: tuple[bytes, ...] = ()
    refusal: str = ""
    close: int | None = None

    @property
    def is_cut_short(self) -> bool:
        """Whether the last frame is not whole, so that a close frame behind it could not be seen as one."""
        last = self.pieces[-1]
        return last.size is not None and last.size > len(last.payload)
