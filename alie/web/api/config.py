"""`/api/config`: what pages ask before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alie.access_settings import AccessSettings
from alie.config import Config
from alie.web.routing import OPEN, Call, Reply, Route
from alie.web.schemas import BOOLEAN, STRING, one_of, record

_FLAGS = {
    "authRequired": BOOLEAN,
    "wsRequireAuth": BOOLEAN,
    "publicWsUrl": STRING,
    "useWss": BOOLEAN,
    "engine": STRING,
    "engineReason": STRING,
    "signIn": {"enum": ["supabase", "key", None], "description": "How the built-in page signs in; null: it need not"},
}
_ANSWER = record(
    {
        **_FLAGS,
        "supabaseUrl": STRING,
        "supabaseAnonKey": STRING,
        "universalCleanupEnabled": BOOLEAN,
        "universalCleanupShadow": BOOLEAN,
        "enableOutputLanguageSelection": BOOLEAN,
        "cnesstSectionsDefaultOutput": one_of("fr", "en"),
        "allowNonFrenchOutput": BOOLEAN,
    },
    *_FLAGS,
)


def config_routes(config: Config, engine: tuple[str, str], public_ws_url: Callable[[], str]) -> list[Route]:
    """The flags of the contract, which engine listens and why, and how to sign in.

    Args:
        config: the daemon's.
        engine: name of the engine, and a sentence that says why it was chosen.
        public_ws_url: what pages are told; asked at each request, since the port may be known only after listening.
    """
    name, reason = engine

    async def tell(call: Call) -> Reply:
        body: dict[str, Any] = {
            "authRequired": config.access.is_rest_token_owed,
            "wsRequireAuth": config.access.is_token_owed,
            "publicWsUrl": public_ws_url(),
            "useWss": config.use_wss,
            **config.page_flags,
            "engine": name,
            "engineReason": reason,
            **_sign_in(config.access),
        }
        return Reply(body)

    return [Route("GET", "/api/config", tell, "What pages ask first", access=OPEN, answers={200: _ANSWER})]


def _sign_in(access: AccessSettings) -> dict[str, Any]:
    """What a page needs to sign its user in. The anon key is public by design: every page of a project holds it."""
    if not access.supabase_url:
        return {"signIn": "key" if access.is_token_owed or access.is_rest_token_owed else None}
    if not access.anon_key:
        return {"signIn": None, "supabaseUrl": access.supabase_url}
    return {"signIn": "supabase", "supabaseUrl": access.supabase_url, "supabaseAnonKey": access.anon_key}
