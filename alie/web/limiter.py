"""How much one address or user may ask of us, as the doors see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.web.server import Request

from alie.principal import Caller


class Limiter(Protocol):
    """Counts requests and connections. Nothing here blocks."""

    def address(self, request: Request) -> str | None:
        """The client's address, as far as it can be believed; None where a proxy tells none."""

    def hit(self, request: Request, caller: Caller | None) -> None:
        """Counts a REST request, against its user or else its address, and sets the RateLimit headers of its answer.

        Raises:
            RateLimited: one too many.
        """

    def enter(self, request: Request) -> Callable[[], None]:
        """Counts a socket; what it returns counts it out, and may be called repeatedly.

        Raises:
            RateLimited: one too many from this address.
        """


class NoLimiter:
    """Counts nothing."""

    def address(self, request: Request) -> str | None:
        """The peer's."""
        return getattr(request.getClientAddress(), "host", None)

    def hit(self, request: Request, caller: Caller | None) -> None:
        """Nothing."""

    def enter(self, request: Request) -> Callable[[], None]:
        """Nothing."""
        return lambda: None
