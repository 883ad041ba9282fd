"""Who asks, for every route: the Bearer token, if there is one, or nobody where nobody needs to be."""

from __future__ import annotations

from twisted.web.server import Request

from alie.auth.interface import Authenticator, Tickets
from alie.errors import AlieError, AuthRequired
from alie.principal import LOCAL_CALLER, Caller
from alie.web.cors import header
from alie.web.health import Operator
from alie.web.limiter import Limiter
from alie.web.routing import OWED, OWN, PERSONAL

SCHEME = "bearer"


class RestGate:
    """Guards the routes.

    Args:
        authenticator: tells who is speaking.
        tickets: for the sockets that a browser will open.
        limiter: counts.
        is_token_owed: `AUTH_REQUIRED`.
        is_store_own: whether rows are kept by ourselves, so that everybody on this machine may be one user while no
            token is owed. Whoever comes through a proxy or the network is nobody: what one saved would be everyone's.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        tickets: Tickets,
        limiter: Limiter,
        *,
        is_token_owed: bool,
        is_store_own: bool,
    ) -> None:
        self.tickets = tickets
        self._authenticator = authenticator
        self._limiter = limiter
        self._is_token_owed = is_token_owed
        self._has_local_user = is_store_own and not is_token_owed
        self._operator = Operator(None)

    async def caller(self, request: Request, access: str) -> Caller | None:
        """Who asks.

        Raises:
            AuthRequired: a token is owed and none was presented.
            AuthInvalid: the one presented proves nothing; likewise AuthExpired and AuthServiceError.
        """
        if access == OWN:
            return None
        is_owed = access == PERSONAL or (access == OWED and self._is_token_owed)
        token = bearer(request)
        if token is not None:
            try:
                return await self._authenticator.verify(token)
            except AlieError:
                if is_owed:
                    raise
        if access in (OWED, PERSONAL) and self._has_local_user and self._operator.sent(request):
            return LOCAL_CALLER
        if is_owed:
            raise AuthRequired
        return None

    def admit(self, request: Request, caller: Caller | None) -> None:
        """Counts the request. Raises RateLimited."""
        self._limiter.hit(request, caller)

    def address(self, request: Request) -> str | None:
        """The client's address; None where it is not known."""
        return self._limiter.address(request)


def bearer(request: Request) -> str | None:
    """The token of the request; None where it has none."""
    return bearer_of(header(request, "authorization"))


def bearer_of(authorization: str | None) -> str | None:
    """The token of an Authorization header; None where it has none in the Bearer scheme (RFC 6750, section 2.1)."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == SCHEME else None
