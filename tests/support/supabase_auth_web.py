"""The routes of the stand-in for Supabase Auth, and the way to them without sockets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionRefusedError
from twisted.web.client import IAgent
from twisted.web.resource import Resource
from twisted.web.server import Request
from zope.interface import implementer

if TYPE_CHECKING:
    from tests.support.supabase_auth import SupabaseAuth

INVALID_KEY = (401, {"message": "Invalid API key", "hint": "Double check your Supabase API key."})


class Refused(Exception):
    """An answer of Supabase Auth that is none of success."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        self.status = status
        self.body = {"code": status, "error_code": error_code, "msg": message}
        super().__init__(error_code)


class AuthRoot(Resource):
    """All of `/auth/v1`, for pages of any origin."""

    isLeaf = True

    def __init__(self, auth: SupabaseAuth) -> None:
        super().__init__()
        self._auth = auth

    def render(self, request: Request) -> bytes:
        """Answers in JSON."""
        for name, value in (
            ("Access-Control-Allow-Origin", "*"),
            (
                "Access-Control-Allow-Headers",
                "authorization, apikey, content-type, x-client-info, x-supabase-api-version",
            ),
            ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
        ):
            request.setHeader(name, value)
        if request.method == b"OPTIONS":
            return b""
        status, body = self._answer(request)
        request.setResponseCode(status)
        request.setHeader("Content-Type", "application/json")
        return b"" if body is None else json.dumps(body).encode()

    def _answer(self, request: Request) -> tuple[int, Any]:
        method, path = request.method.decode(), request.path.decode()
        self._auth.asked.append((method, path))
        if self._auth.failure is not None:
            return self._auth.failure
        if path.endswith("/.well-known/jwks.json"):
            return 200, self._auth.key_set()
        if request.getHeader("apikey") != self._auth.anon_key:
            return INVALID_KEY
        try:
            return self._routed(method, path, request)
        except Refused as refused:
            return refused.status, refused.body

    def _routed(self, method: str, path: str, request: Request) -> tuple[int, Any]:
        match method, path:
            case "GET", "/auth/v1/user":
                return 200, self._auth.user_of(_bearer(request)).as_json()
            case "POST", "/auth/v1/logout":
                self._auth.end_session_of(_bearer(request))
                return 204, None
            case "POST", "/auth/v1/token":
                body = json.load(request.content)
                if request.args.get(b"grant_type") == [b"refresh_token"]:
                    return 200, self._auth.refresh(body.get("refresh_token", ""))
                return 200, self._auth.log_in(body.get("email", ""), body.get("password", ""))
        return 404, {"code": 404, "error_code": "not_found", "msg": "Not found"}


def _bearer(request: Request) -> str:
    return (request.getHeader("authorization") or "").removeprefix("Bearer ")


@implementer(IAgent)
class MemoryAgent:
    """Carries requests to the stand-in without sockets; what is asked while it is silent is answered never."""

    def __init__(self, auth: SupabaseAuth) -> None:
        self._auth = auth
        self._agent = RequestTraversalAgent(auth.root)
        self.held: list[Deferred[Any]] = []

    def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Deferred[Any]:
        """Asks."""
        if self._auth.is_down:
            return fail(ConnectionRefusedError())
        if self._auth.is_silent:
            self.held.append(Deferred())
            return self.held[-1]
        asked: Deferred[Any] = self._agent.request(method, uri, headers, bodyProducer)
        return asked
