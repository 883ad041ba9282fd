"""`/api/config`: what pages ask before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alie.config import Config
from alie.web.routing import OPEN, Call, Reply, Route

_ANSWER = {
    "type": "object",
    "required": ["authRequired", "wsRequireAuth", "publicWsUrl", "useWss", "engine", "engineReason"],
    "properties": {
        "authRequired": {"type": "boolean"},
        "wsRequireAuth": {"type": "boolean"},
        "publicWsUrl": {"type": "string"},
        "useWss": {"type": "boolean"},
        "engine": {"type": "string"},
        "engineReason": {"type": "string"},
    },
}


def config_routes(config: Config, engine: tuple[str, str], public_ws_url: Callable[[], str]) -> list[Route]:
    """The flags of the contract, and which engine listens and why.

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
        }
        return Reply(body)

    return [Route("GET", "/api/config", tell, "What pages ask first", access=OPEN, answers={200: _ANSWER})]
