"""`/api/auth/ws-token`: a token for one socket, for clients that would rather not send their access token there."""

from __future__ import annotations

from collections.abc import Callable

from alie.auth.interface import Authenticator, WsTokens
from alie.auth.ws_tokens import LIFE_S, is_ws_token
from alie.config import Config
from alie.errors import (
    AuthExpired,
    AuthInvalid,
    AuthServiceError,
    Internal,
    InvalidTokenPayload,
    InvalidWsRequest,
    MissingAuthHeader,
    WsAuthDisabled,
)
from alie.principal import SUPABASE, Caller
from alie.web.gate import bearer_of
from alie.web.routing import OWN, Call, Reply, Route

_ANSWER = {
    "type": "object",
    "required": ["wsToken", "expiresIn", "wsUrl", "useWss"],
    "properties": {
        "wsToken": {"type": "string"},
        "expiresIn": {"const": LIFE_S},
        "wsUrl": {"type": "string"},
        "useWss": {"type": "boolean"},
    },
}


def ws_token_routes(
    config: Config, authenticator: Authenticator, ws_tokens: WsTokens | None, public_ws_url: Callable[[], str]
) -> list[Route]:
    """The route, with the contract's answers.

    The token is good in a message, as any token is; in the URL only where the operator has `ALIE_WS_TOKEN_IN_URL=1`.

    Args:
        config: the daemon's.
        authenticator: knows access tokens and access keys; whether it knows ws tokens does not matter: they earn none.
        ws_tokens: None where none are given.
        public_ws_url: where the socket is; asked at each request.
    """

    async def issue(call: Call) -> Reply:
        if ws_tokens is None or not config.access.is_token_owed:
            raise WsAuthDisabled
        token = bearer_of(call.headers("authorization"))
        if token is None:
            raise MissingAuthHeader
        if is_ws_token(token):
            raise InvalidWsRequest
        caller = await _caller(authenticator, token)
        body = {
            "wsToken": ws_tokens.issue(caller),
            "expiresIn": LIFE_S,
            "wsUrl": public_ws_url(),
            "useWss": config.use_wss,
        }
        return Reply(body, caller=caller)

    return [
        Route(
            "POST",
            "/api/auth/ws-token",
            issue,
            "A token for one WebSocket: single use, 60 s",
            access=OWN,
            answers={200: _ANSWER},
            errors=(400, 401),
            audited="auth.ws_token",
        )
    ]


async def _caller(authenticator: Authenticator, token: str) -> Caller:
    """Who asks, or the contract's word for why not.

    An access token without an e-mail is refused, as the contract has it; an access key never has one, and its
    ws token says "" there. A token without a user is no access token at all: that is INVALID_TOKEN.
    """
    try:
        caller = await authenticator.verify(token)
    except (AuthInvalid, AuthExpired):
        raise InvalidWsRequest from None
    except AuthServiceError:
        raise Internal from None
    if not caller.principal.user_id or (caller.principal.way == SUPABASE and not caller.principal.email):
        raise InvalidTokenPayload
    return caller
