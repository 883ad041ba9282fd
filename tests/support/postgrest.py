"""A stand-in for PostgREST behind Supabase's gateway, on a real PostgreSQL: `/rest/v1/...` on the loopback interface.

Its errors, ranges and transactions are PostgREST's; what is not part of it is refused (see postgrest_request.py).
Tests hold it against the vendor's client for JavaScript (tests/postgrest).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool
from twisted.web.http import Request
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.support.postgrest_answers import Answered, Asked
from tests.support.postgrest_errors import Refused
from tests.support.postgrest_tokens import Doorkeeper
from tests.support.postgrest_transactions import Transactions

THREADS = 8


class PostgrestStandIn:
    """Serves until `stop`.

    Args:
        reactor: with real sockets and threads.
        dsn: of a database that has the roles anon, authenticated and service_role, and of a user who may take them.
        doorkeeper: whose tokens are believed.
        auth: what serves `/auth/v1/...`; None: nothing does.

    Attributes:
        asked: what came through the gateway, with its claims, in order.
        url: of the project, known after `start`.
    """

    def __init__(self, reactor: Any, dsn: str, doorkeeper: Doorkeeper, auth: IResource | None = None) -> None:
        self.asked: list[tuple[Asked, dict[str, Any]]] = []
        self.url = ""
        self._reactor = reactor
        self._doorkeeper = doorkeeper
        self._transactions = Transactions(dsn)
        self._pool = ThreadPool(minthreads=0, maxthreads=THREADS, name="postgrest")
        self._auth = auth
        self._port: Any = None

    def start(self) -> None:
        """Listens on a free port."""
        root, rest = Resource(), Resource()
        root.putChild(b"rest", rest)
        rest.putChild(b"v1", _Rest(self._answer))
        if self._auth is not None:
            auth = Resource()
            root.putChild(b"auth", auth)
            auth.putChild(b"v1", self._auth)
        self._pool.start()
        self._port = self._reactor.listenTCP(0, Site(root), interface="127.0.0.1")
        self.url = f"http://127.0.0.1:{self._port.getHost().port}"

    async def stop(self) -> None:
        """Closes the port and the connections to the database."""
        await self._port.stopListening()
        self._pool.stop()
        self._transactions.close()

    def _answer(self, asked: Asked) -> Deferred[Answered]:
        claims = self._doorkeeper.claims(asked.headers)
        self.asked.append((asked, claims))
        return deferToThreadPool(self._reactor, self._pool, self._transactions.perform, asked, claims)


class _Rest(Resource):
    """Everything below /rest/v1."""

    isLeaf = True
    _log = Logger()

    def __init__(self, answer: Callable[[Asked], Deferred[Answered]]) -> None:
        super().__init__()
        self._answer = answer

    def render(self, request: Request) -> int:
        """Answers in its own time."""
        try:
            answer = self._answer(_asked(request))
        except Refused as refused:
            _refuse(request, refused)
            return NOT_DONE_YET
        answer.addCallback(lambda answered: _tell(request, answered))
        answer.addErrback(lambda failure: self._fail(request, failure))
        return NOT_DONE_YET

    def _fail(self, request: Request, failure: Failure) -> None:
        if failure.check(Refused):
            _refuse(request, failure.value)
            return
        self._log.failure("The stand-in failed", failure)
        _refuse(request, Refused(500, "PGRSTX00", "Internal error"))


def _asked(request: Request) -> Asked:
    path = [each.decode() for each in request.postpath]
    is_call = path[0] == "rpc"
    if len(path) != 1 + is_call or not path[-1]:
        raise Refused(404, "PGRST125", "Invalid path specified in request URL")
    _, _, query = request.uri.partition(b"?")
    headers = {
        name.decode().lower(): ", ".join(value.decode() for value in values)
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    _hold_to_schema(headers)
    arguments = tuple(parse_qsl(query.decode(), keep_blank_values=True))
    return Asked(request.method.decode(), path[-1], is_call, arguments, headers, request.content.read())


def _hold_to_schema(headers: dict[str, str]) -> None:
    for name in ("accept-profile", "content-profile"):
        if headers.get(name, "public") != "public":
            raise Refused(
                406,
                "PGRST106",
                f"Invalid schema: {headers[name]}",
                hint="Only the following schemas are exposed: public",
            )


def _refuse(request: Request, refused: Refused) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    _tell(request, Answered(refused.status, headers, orjson.dumps(refused.body)))


def _tell(request: Request, answered: Answered) -> None:
    if request.channel is None:
        return  # whoever asked has hung up
    request.setResponseCode(answered.status)
    for name, value in answered.headers.items():
        request.setHeader(name, value)
    if answered.status != 204:
        request.setHeader("Content-Length", str(len(answered.content)))
    if request.method != b"HEAD":
        request.write(answered.content)
    request.finish()
