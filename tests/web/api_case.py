"""The REST API in memory, over a real SQLite file: two users with tokens, a clock, and all that was recorded."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource

from alie import config
from alie.audit.interface import AuditEvent
from alie.auth.interface import NoTickets, Tickets
from alie.errors import AuthInvalid
from alie.origins import Origins
from alie.principal import KEY, Caller, Principal
from alie.store.sqlite import SqliteStore
from alie.web.api.root import ApiResource
from alie.web.api.stored import store_routes
from alie.web.api.transcribe import Processing
from alie.web.checking import check
from alie.web.gate import RestGate
from alie.web.limiter import Limiter, NoLimiter
from alie.web.openapi import with_document
from alie.web.root import build_root
from alie.web.routing import Route, Routes
from alie.web.site import AlieSite
from alie.web.workroom import Workroom
from tests.engines.fakes import QueueReactor, ThreadlessPool
from tests.support.memory_web import Connection, Response, request

ADA = "11111111-1111-4111-8111-111111111111"
BOB = "22222222-2222-4222-8222-222222222222"
NOBODYS = "99999999-9999-4999-8999-999999999999"
USERS = {"ada": Principal(ADA, KEY, email="ada.l@clinic.example"), "bob": Principal(BOB, KEY)}


class UsersAuthenticator:
    """Knows a token for each of `USERS`."""

    async def verify(self, token: str) -> Caller:
        """By its name."""
        if token not in USERS:
            raise AuthInvalid
        return Caller(USERS[token], token)

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """Nobody is ever removed."""
        return lambda: None

    def problems(self) -> list[str]:
        """None."""
        return []


class RecordingAudit:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[AuditEvent, Caller | None]] = []

    def record(self, event: AuditEvent, caller: Caller | None = None) -> None:
        """Takes it down."""
        self.events.append((event, caller))

    def problems(self) -> list[str]:
        """None."""
        return []


class PromptPool(ThreadlessPool):
    """Does at once what other pools do in a thread; the reactor hears of it when it is settled."""

    def callInThreadWithCallback(self, onResult: Any, func: Any, *args: Any, **kw: Any) -> None:
        """Queued and done."""
        super().callInThreadWithCallback(onResult, func, *args, **kw)
        self.perform()


class ApiCase(SynchronousTestCase):
    """A server of its own for each test."""

    def setUp(self) -> None:
        self.reactor = QueueReactor()
        self.audit = RecordingAudit()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        start = 1_780_000_000.0
        path = str(Path(folder.name, "alie.db"))
        self.store = SqliteStore(self.reactor, path, lambda: start + self.reactor.seconds(), PromptPool())
        self.settled(self.store.start())
        self.addCleanup(lambda: self.settled(self.store.stop()))
        self.workroom_pool: ThreadlessPool = PromptPool()
        self.build()

    def settled(self, deferred: Any) -> Any:
        """What a Deferred of the store fires with."""
        self.reactor.settle()
        return self.successResultOf(deferred)

    def build(
        self,
        *more: Route,
        is_token_owed: bool = True,
        tickets: Tickets | None = None,
        limiter: Limiter | None = None,
        **settings: str,
    ) -> None:
        """Assembles it; `more` routes come first."""
        workroom = Workroom(self.reactor, self.workroom_pool)
        workroom.start()
        gate = RestGate(
            UsersAuthenticator(),
            tickets or NoTickets(),
            limiter or NoLimiter(),
            is_token_owed=is_token_owed,
            is_store_own=True,
        )
        processing = Processing(self.reactor, workroom, self.store)
        stored = store_routes(config.read(settings), self.store, self.reactor)
        every = [*more, *processing.routes(), *stored]
        self.routes = Routes(with_document(every, is_token_owed=is_token_owed, has_local_user=not is_token_owed))
        api = ApiResource(self.routes, gate, self.audit, workroom)
        root = build_root(door=Resource(), health={}, api=api, has_page=False)
        self.site = AlieSite(root, Origins(("https://app.example",)), self.reactor)

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: object = None,
        *,
        who: str | None = "ada",
        headers: dict[str, str] | None = None,
        peer: str = "127.0.0.1",
    ) -> Response:
        """One request on a connection of its own; `body` is sent as JSON, bytes as they are."""
        own = {"Authorization": f"Bearer {who}"} if who else {}
        payload = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not None:
            own["Content-Type"] = "application/json"
        connection = Connection(self.site, peer)
        connection.send(request(path, method, {**own, **(headers or {})}, payload))
        self.reactor.settle()
        return connection.response()

    def told(self, path: str, method: str = "GET", body: object = None, status: int = 200, who: str = "ada") -> Any:
        """The body of an answer that has this status, and is what the document says."""
        response = self.ask(path, method, body, who=who)
        self.assertEqual(response.status, status, response.body)
        route, _ = self.routes.find(method, path.partition("?")[0])
        if status in route.answers:
            check(route.answers[status], response.json())
        else:
            self.assertGreaterEqual(status, 400, "an answer that the document does not know")
        return response.json()

    def refused(self, response: Response, status: int, code: str) -> dict[str, Any]:
        """The one body of errors; gives it."""
        body: dict[str, Any] = response.json()
        self.assertEqual((response.status, body["code"], body["success"]), (status, code, False), body)
        return body
