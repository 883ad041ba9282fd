"""Tests of alie.web.api.auth: the request for a token for one socket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.access_settings import AccessSettings
from alie.audit.interface import AuditEvent
from alie.auth.interface import WsTokens
from alie.auth.nobody import NobodyAuthenticator
from alie.auth.tickets import COOKIE, SignedTickets
from alie.auth.ws_tokens import WsTokenBook
from alie.config import Config
from alie.errors import AuthExpired, AuthInvalid, AuthServiceError
from alie.origins import Origins
from alie.principal import KEY, SUPABASE, Caller, Principal
from alie.web.answers import Missing
from alie.web.api.auth import ws_token_routes
from alie.web.api.root import ApiResource
from alie.web.gate import RestGate
from alie.web.limiter import NoLimiter
from alie.web.root import build_root
from alie.web.routing import Routes
from alie.web.site import AlieSite
from tests.support.memory_web import Connection, Response, request

NOW = 1_800_000_000.0
SECRET = b"a secret of the operator"
USER = "7f1d9f0c-0000-4000-8000-00000000000a"
PATH = "/api/auth/ws-token"
DOCTOR = Principal(USER, SUPABASE, "the session", email="dr@clinic.test", expires_at=NOW + 3600)
PRINCIPALS = {
    "doctor": DOCTOR,
    "phone": Principal(USER, SUPABASE, "the session"),
    "nobody": Principal("", SUPABASE, email="dr@clinic.test"),
    "key": Principal(USER, KEY, "the key"),
}
ERRORS = {"expired": AuthExpired, "service": AuthServiceError}


class TableAuthenticator(NobodyAuthenticator):
    """Knows the tokens of the tables above, and takes ws tokens as well."""

    def __init__(self, book: WsTokens) -> None:
        self._book = book

    async def verify(self, token: str) -> Caller:
        """By the table."""
        if token in PRINCIPALS:
            return Caller(PRINCIPALS[token], token)
        if token in ERRORS:
            raise ERRORS[token]
        if token.count(".") == 2:
            return self._book.redeem(token)
        if token == "bug":
            raise ZeroDivisionError
        raise AuthInvalid


class ListAudit:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[AuditEvent, Caller | None]] = []

    def record(self, event: AuditEvent, caller: Caller | None = None) -> None:
        """Kept."""
        self.events.append((event, caller))

    def problems(self) -> list[str]:
        """None."""
        return []


class RouteCase(SynchronousTestCase):
    """The route alone, behind the real gate."""

    def setUp(self) -> None:
        self.book = WsTokenBook(SECRET, lambda: NOW, capacity=1)
        self.tickets, self.audit = SignedTickets(SECRET, lambda: NOW), ListAudit()
        self.build()

    def build(self, *, is_token_owed: bool = True, gives_tokens: bool = True) -> None:
        """Assembles the site."""
        config = Config(access=AccessSettings(is_token_owed=is_token_owed), use_wss=True)
        authenticator = TableAuthenticator(self.book)
        book = self.book if gives_tokens else None
        routes = ws_token_routes(config, authenticator, book, lambda: "wss://api.alie.test/ws")
        gate = RestGate(authenticator, self.tickets, NoLimiter(), is_token_owed=True, is_store_own=True)
        root = build_root(door=Missing(), health={}, api=ApiResource(Routes(routes), gate, self.audit), has_page=False)
        self.site = AlieSite(root, Origins([]), Clock())

    def ask(self, authorization: str | None = None, method: str = "POST", body: bytes = b"") -> Response:
        """One request."""
        connection = Connection(self.site)
        headers = {} if authorization is None else {"Authorization": authorization}
        connection.send(request(PATH, method, headers, body))
        return connection.response()

    def refused(self, authorization: str | None) -> tuple[int, str]:
        """Status and code of a refusal, which sets no cookie."""
        response = self.ask(authorization)
        self.assertIsNone(response.header("Set-Cookie"))
        body: dict[str, Any] = response.json()
        self.assertTrue(body["error"])
        return response.status, body["code"]


class RefusalTests(RouteCase):
    """The contract's answers to whoever gets none."""

    def test_disabled(self) -> None:
        """That comes first, whatever the token."""
        for options in ({"is_token_owed": False}, {"gives_tokens": False}):
            self.build(**options)
            for authorization in (None, "Bearer rubbish", "Bearer doctor"):
                self.assertEqual(self.refused(authorization), (400, "WS_AUTH_DISABLED"))

    def test_missing(self) -> None:
        """No header, no token in it, or another scheme."""
        for authorization in (None, "", "Bearer", "Bearer ", "Basic doctor", "doctor"):
            self.assertEqual(self.refused(authorization), (401, "MISSING_AUTH_HEADER"), authorization)

    def test_invalid(self) -> None:
        """Not good, or not any more."""
        for token in ("rubbish", "expired", "e30.e30.", "é"):
            self.assertEqual(self.refused(f"Bearer {token}"), (401, "INVALID_TOKEN"), token)

    def test_earns_no_other(self) -> None:
        """A ws token is good for a socket, not for the next ws token: it would never end. Trying does not use it up."""
        token = self.book.issue(Caller(DOCTOR))
        self.assertEqual(self.refused(f"Bearer {token}"), (401, "INVALID_TOKEN"))
        self.book.redeem(token)

    def test_payload(self) -> None:
        """No e-mail, or no user."""
        for token in ("phone", "nobody"):
            self.assertEqual(self.refused(f"Bearer {token}"), (401, "INVALID_TOKEN_PAYLOAD"), token)

    def test_internal(self) -> None:
        """What is not the client's fault."""
        self.assertEqual(self.refused("Bearer service"), (500, "INTERNAL_ERROR"))
        self.assertEqual(self.refused("Bearer bug"), (500, "INTERNAL_ERROR"))

    def test_too_many(self) -> None:
        """Where no more can be remembered."""
        self.book.redeem(self.book.issue(Caller(DOCTOR)))
        response = self.ask("Bearer doctor")
        self.assertEqual((response.status, response.json()["code"]), (429, "RATE_LIMITED"))
        self.assertEqual(response.header("Retry-After"), "60")

    def test_method(self) -> None:
        """POST only."""
        response = self.ask("Bearer doctor", "GET")
        self.assertEqual((response.status, response.json()["code"]), (405, "METHOD_NOT_ALLOWED"))


class AnswerTests(RouteCase):
    """What is given."""

    def test_token(self) -> None:
        """A token that is good for the socket, and where that is; a body that comes along does not matter."""
        for body in (b"", b"{}", b"x"):
            self.setUp()
            response = self.ask("bearer doctor", body=body)
            answer = response.json()
            token = answer.pop("wsToken")
            expected = {"expiresIn": 60, "wsUrl": "wss://api.alie.test/ws", "useWss": True}
            self.assertEqual((response.status, answer), (200, expected))
            self.assertEqual(self.book.redeem(token).principal, replace(DOCTOR, email=None))

    def test_access_key(self) -> None:
        """Has no e-mail, and gets one all the same."""
        token = self.ask("Bearer key").json()["wsToken"]
        self.assertEqual(self.book.redeem(token).principal, PRINCIPALS["key"])

    def test_ticket(self) -> None:
        """As with any authenticated answer."""
        cookie = self.ask("Bearer doctor").header("Set-Cookie") or ""
        self.assertTrue(cookie.startswith(f"{COOKIE}="), cookie)
        self.assertEqual(self.tickets.redeem(cookie.partition(";")[0]).principal.user_id, USER)

    def test_recorded(self) -> None:
        """Who got one, and who did not."""
        self.ask("Bearer doctor")
        self.ask("Bearer expired")
        (given, caller), (refused, nobody) = self.audit.events
        self.assertEqual((given.action, given.outcome), ("auth.ws_token", "ok"))
        self.assertEqual((caller.principal if caller else None, nobody), (DOCTOR, None))
        self.assertEqual((refused.outcome, refused.details["status"]), ("INVALID_TOKEN", 401))
