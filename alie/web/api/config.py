"""`/api/config`: what pages ask before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web.server import Request

from alie.config import Config
from alie.web.answers import JsonResource, answer


class ConfigResource(JsonResource):
    """The flags of the contract, and which engine listens and why.

    Args:
        config: the daemon's.
        engine: name of the engine, and a sentence that says why it was chosen.
        public_ws_url: what pages are told; asked at each request, since the port may be known only after listening.
    """

    def __init__(self, config: Config, engine: tuple[str, str], public_ws_url: Callable[[], str]) -> None:
        super().__init__()
        self._config = config
        self._engine = engine
        self._public_ws_url = public_ws_url

    def render_GET(self, request: Request) -> bytes | int:
        """Always the same until the daemon is started again."""
        name, reason = self._engine
        body: dict[str, Any] = {
            "authRequired": self._config.is_rest_token_owed,
            "wsRequireAuth": self._config.is_token_owed,
            "publicWsUrl": self._public_ws_url(),
            "useWss": self._config.use_wss,
            **self._config.page_flags,
            "engine": name,
            "engineReason": reason,
        }
        return answer(request, body)
