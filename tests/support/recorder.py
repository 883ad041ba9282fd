"""A server that stands for a daemon, and keeps what a proxy tells it."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site


class Recorder(Resource):
    """Answers every request with a body, until the test ends.

    Args:
        case: the test.
        body: of each answer.
        waits: whether none is answered before `release`.
        status: of each answer.

    Attributes:
        url: where it listens.
        requests: path with query, and headers with names in lower case, of each request.
    """

    isLeaf = True

    def __init__(self, case: TestCase, body: bytes = b"recorded", *, waits: bool = False, status: int = 200) -> None:
        super().__init__()
        self._body = body
        self._status = status
        self._held: list[Request] | None = [] if waits else None
        self._arrivals: list[Deferred[None]] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        port: Any = reactor.listenTCP(0, Site(self), interface="127.0.0.1")  # type: ignore[attr-defined]
        case.addCleanup(port.stopListening)
        self.url = f"http://127.0.0.1:{port.getHost().port}"

    def render(self, request: Request) -> bytes | int:
        """Keeps it, and answers."""
        fields = request.requestHeaders.getAllRawHeaders()
        told = {name.decode().lower(): b", ".join(values).decode() for name, values in fields}
        self.requests.append((request.uri.decode(), told))
        arrivals, self._arrivals = self._arrivals, []
        for arrival in arrivals:
            arrival.callback(None)
        request.setResponseCode(self._status)
        if self._held is None:
            return self._body
        self._held.append(request)
        return NOT_DONE_YET

    async def arrived(self, count: int) -> None:
        """Waits for so many requests."""
        while len(self.requests) < count:
            arrival: Deferred[None] = Deferred()
            self._arrivals.append(arrival)
            await arrival

    def release(self) -> None:
        """Answers what was held, and holds no more."""
        held, self._held = self._held or [], None
        for request in held:
            request.write(self._body)
            request.finish()
