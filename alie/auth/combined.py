"""All proofs that come as a token, behind one door: our ws tokens, and whatever the primary authenticator knows."""

from __future__ import annotations

from collections.abc import Callable

from alie.auth.interface import Authenticator, WsTokens
from alie.auth.ws_tokens import is_ws_token
from alie.principal import Caller


class CombinedAuthenticator:
    """Implements `Authenticator`, for sockets.

    REST is given the primary one itself: a ws token is for one socket, and must not earn a ticket or another ws token.

    Args:
        primary: knows access tokens, or access keys.
        ws_tokens: None where none are given.
    """

    def __init__(self, primary: Authenticator, ws_tokens: WsTokens | None) -> None:
        self._primary = primary
        self._ws_tokens = ws_tokens

    async def verify(self, token: str) -> Caller:
        """Uses a ws token up; asks the primary authenticator about any other. Errors are those of `Authenticator`."""
        if self._ws_tokens is not None and is_ws_token(token):
            return self._ws_tokens.redeem(token)
        return await self._primary.verify(token)

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """Whatever proof let the caller in: it stands for a grant that the primary authenticator watches."""
        return self._primary.watch(caller, end)

    def problems(self) -> list[str]:
        """Those of the primary authenticator."""
        return self._primary.problems()
