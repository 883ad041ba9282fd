"""What the doors need of authentication. All methods belong to the reactor thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from alie.errors import AuthRequired
from alie.principal import Caller


class Authenticator(Protocol):
    """Tells who is speaking, and whether they still may."""

    async def verify(self, token: str) -> Caller:
        """Who a token proves its bearer to be: a Supabase access token, an access key, or a ws token (used up by this).

        Raises:
            AuthInvalid: it proves nothing.
            AuthExpired: it was good once.
            AuthServiceError: it cannot be told now.
        """

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """Calls `end`, once, within 60 s of the moment when the account, role, clinic or key of `caller` is gone.

        Returns:
            What ends the watch; may be called repeatedly.
        """

    def problems(self) -> list[str]:
        """Why somebody who should be let in would be refused right now, in sentences; empty when none would."""


class Tickets(Protocol):
    """What a browser brings along by itself: proof that the same browser made an authenticated REST call.

    Nothing here blocks; tickets are signed, and need no memory but that of the tokens that earned them.
    """

    def issue(self, caller: Caller) -> str | None:
        """The whole value of a Set-Cookie header; None where no ticket is due (no authentication, nothing to be
        revoked). Lives as long as the access token that earned it."""

    def redeem(self, cookie_header: str) -> Caller:
        """Who a Cookie header proves the browser to act for.

        Raises:
            AuthRequired: no ticket in it.
            AuthInvalid: not one of ours.
            AuthExpired: it was good once.
        """


class WsTokens(Protocol):
    """Tokens for one socket: 60 s, single use."""

    def issue(self, caller: Caller) -> str:
        """A token for the socket that this caller will open."""

    def redeem(self, token: str) -> Caller:
        """Who it proves its bearer to be; never again after this.

        Raises:
            AuthInvalid: not one of ours, or used already.
            AuthExpired: older than 60 s.
        """


class NoTickets:
    """Where no authentication is owed, and so nobody needs a ticket."""

    def issue(self, caller: Caller) -> str | None:
        """Never any."""
        return None

    def redeem(self, cookie_header: str) -> Caller:
        """Raises AuthRequired: none was issued."""
        raise AuthRequired
