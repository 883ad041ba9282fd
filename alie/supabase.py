"""Requests to a Supabase project over HTTP: Auth and PostgREST, with the user's own token, so that RLS decides.

Sources: supabase.com/docs/guides/api/api-keys; supabase.com/docs/guides/api/rest/auto-generated-docs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import orjson
from treq.client import HTTPClient
from treq.cookies import IndexableCookieJar
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IResponse

TIMEOUT_S = 10
"""For connecting, asking and reading the answer together."""
CONNECT_TIMEOUT_S = 5
MAX_BODY_BYTES = 8 << 20
MAX_IDLE_CONNECTIONS = 16
IDLE_CONNECTION_S = 30
"""Less than servers keep one, so that a request seldom meets a connection that is just being closed."""

_OK = range(200, 300)


class SupabaseUnreachable(Exception):
    """There is no answer, or none that can be read.

    Attributes:
        name: of the cause's type, such as "TimeoutError"; nothing of its text, which may quote what was asked.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


@dataclass(frozen=True, slots=True)
class SupabaseAnswer:
    """What Supabase said.

    Attributes:
        status: of HTTP.
        headers: names in lower case; of one sent repeatedly, the last.
        body: decoded JSON; None where there is none, and where an error came with something else.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)


class SupabaseHttp:
    """Asks one Supabase project. All methods belong to the reactor thread.

    Redirects are not followed, since they would carry the token elsewhere; cookies are not kept, since they would mix
    users. Over https the certificate must be good for the host.

    Args:
        reactor: its clock and its connections.
        base_url: of the project, without a trailing slash.
        anon_key: the public key of the project, sent with each request.
        agent: for tests; by default one with a bounded pool of connections.
    """

    def __init__(self, reactor: Any, base_url: str, anon_key: str, *, agent: IAgent | None = None) -> None:
        self.base_url = base_url
        self._reactor = reactor
        self._anon_key = anon_key
        self._pool: HTTPConnectionPool | None = None
        if agent is None:
            self._pool = HTTPConnectionPool(reactor)
            self._pool.maxPersistentPerHost = MAX_IDLE_CONNECTIONS
            self._pool.cachedConnectionTimeout = IDLE_CONNECTION_S
            agent = Agent(reactor, connectTimeout=CONNECT_TIMEOUT_S, pool=self._pool)
        self._client = HTTPClient(agent, IndexableCookieJar(DefaultCookiePolicy(allowed_domains=[])))

    async def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None,
        params: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        json: object = None,
        headers: Mapping[str, str] = {},
    ) -> SupabaseAnswer:
        """Asks, and waits for the whole answer, whatever its status.

        Args:
            method: such as "GET".
            path: from the project's root, such as "/rest/v1/profiles"; quoted where it must be.
            token: the user's access token; None: only the project's key is shown.
            params: of the query.
            json: body; None: none is sent.
            headers: more of them.

        Raises:
            SupabaseUnreachable: no answer in time, none that verifies, none that is JSON where the status says it is
                one, or one larger than `MAX_BODY_BYTES`.
        """
        sent = {"Accept": "application/json", **headers, "apikey": self._anon_key, "User-Agent": "alie"}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        body = None
        if json is not None:
            body = orjson.dumps(json)
            sent["Content-Type"] = "application/json"
        exchange = Deferred.fromCoroutine(self._exchange(method, path, sent, list(_pairs(params)), body))
        try:
            return await exchange.addTimeout(TIMEOUT_S, self._reactor, _too_late)
        except SupabaseUnreachable:
            raise
        except Exception as error:
            raise SupabaseUnreachable(type(error).__name__) from None

    def close(self) -> Deferred[None]:
        """Closes the connections that are kept; fires when they are."""
        return self._pool.closeCachedConnections() if self._pool is not None else succeed(None)

    async def _exchange(
        self, method: str, path: str, headers: dict[str, str], params: list[tuple[str, str]], body: bytes | None
    ) -> SupabaseAnswer:
        response = await self._client.request(
            method,
            self.base_url + path,
            params=params,
            headers=Headers({name: [value] for name, value in headers.items()}),
            data=body,
            allow_redirects=False,
            unbuffered=True,
            reactor=self._reactor,
        )
        collector = _Body()
        response.deliverBody(collector)
        content = await collector.done
        return SupabaseAnswer(response.code, _headers(response), _decoded(response.code, content))


def _too_late(result: object, timeout: float) -> Failure:
    return Failure(SupabaseUnreachable("TimeoutError"))


def _pairs(params: Mapping[str, str] | Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    return list(params.items()) if isinstance(params, Mapping) else params


def _headers(response: IResponse) -> dict[str, str]:
    return {
        name.decode("ascii", "replace").lower(): values[-1].decode("utf-8", "replace")
        for name, values in response.headers.getAllRawHeaders()
        if values
    }


def _decoded(status: int, content: bytes) -> Any:
    if not content:
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        if status in _OK:
            raise SupabaseUnreachable("NotJson") from None
        return None  # a proxy's page about an error


class _Body(Protocol):
    """Collects a body; `done` fires with it. Whoever cancels `done` closes the connection."""

    def __init__(self) -> None:
        self.done: Deferred[bytes] = Deferred(lambda done: self._leave())
        self._content = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self._content += data
        if len(self._content) > MAX_BODY_BYTES:
            self._content.clear()
            self._leave()
            if not self.done.called:
                self.done.errback(SupabaseUnreachable("BodyTooLarge"))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.done.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.done.callback(bytes(self._content))
        else:
            self.done.errback(reason)

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()
