"""One HTTP connection: deadlines that no trickle of bytes moves, and answers in JSON even to what is no request."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel
from twisted.web.http_headers import Headers

from alie.errors import AlieError, BadRequest, RequestTimeout
from alie.web import answers
from alie.web.headers import secure

MAX_BODY_BYTES = 2_097_152
"""An hour of consultation, word by word."""

HEAD_S = 10
"""For a request's line and headers, from the connection or the first byte, however they come (slow loris)."""

BODY_S = 20
BODY_BYTES_PER_S = 16_384
"""A body has `BODY_S`, and as long as it takes at this rate besides: 28 kB/s is a bad mobile network's uplink."""

IDLE_S = 60
"""Between two requests of one connection."""

ABORT_S = 5
"""For the last answer to be taken, before the connection is dropped."""


class JsonChannel(HTTPChannel):
    """See the module. Twisted's own timeout begins anew with every byte, so that one a minute would do for ever.

    Attributes:
        refusal: why nothing is taken from this connection; None: it is welcome.
        address: under which it is counted; None: under none.
    """

    transport: Any
    site: Any
    abortTimeout = ABORT_S
    refusal: AlieError | None = None
    address: str | None = None
    _is_idle = False
    _is_counted = False
    _is_lost = False
    _kept: bytes | None = None

    def connectionMade(self) -> None:
        """The client is there, and owes a request."""
        super().connectionMade()
        if self.refusal is not None:
            self.refuse(self.refusal, Headers())
            return
        self._is_counted = True
        self.setTimeout(HEAD_S)

    def dataReceived(self, data: bytes) -> None:
        """Bytes came. They are looked at when it is their turn; until then, no more are read."""
        if self.refusal is not None:
            return
        turnstile = self.site.turnstile
        if self._kept is not None:
            self._kept += data
        elif turnstile.is_free():
            turnstile.run(lambda: super(JsonChannel, self).dataReceived(data))
        else:
            self._kept = data
            self.transport.pauseProducing()
            turnstile.wait(self._take_kept)

    def _take_kept(self) -> None:
        data, self._kept = self._kept or b"", None
        if not self._is_lost:
            self.transport.resumeProducing()
            super().dataReceived(data)

    # -- deadlines -----------------------------------------------------------------------------------------------

    def resetTimeout(self) -> None:
        """Bytes came: only the first after a rest begin something that has its own time."""
        if self._is_idle:
            self._is_idle = False
            self.setTimeout(HEAD_S)

    def allHeadersReceived(self) -> None:
        """A body may follow."""
        self._is_idle = False
        super().allHeadersReceived()
        if self.length != 0 and not self.transport.disconnecting:
            length = MAX_BODY_BYTES if self.length is None else self.length
            self.setTimeout(BODY_S + length // BODY_BYTES_PER_S)

    def requestDone(self, request: Any) -> None:
        """It has been answered; another may follow, and may be there already."""
        self._is_idle = True
        super().requestDone(request)
        if self._is_idle and self.persistent:
            self.setTimeout(IDLE_S)

    def timeoutConnection(self) -> None:
        """Closes what has rested long enough; whoever is in the middle of a request is told so."""
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        if self.requests:
            self.refuse(RequestTimeout(), Headers())
        else:
            self.loseConnection()

    def forceAbortClient(self) -> None:
        """The last answer is not taken."""
        self._abortingCall = None
        self.transport.abortConnection()

    def isSecure(self) -> bool:
        """Whether it came by TLS of our own, of which twisted does not know."""
        return getattr(self.transport, "is_secure", False) is True

    # -- counting ------------------------------------------------------------------------------------------------

    def upgraded(self) -> Callable[[], None]:
        """The connection is a WebSocket's from now on; what this returns must be called when it is gone."""
        self._is_counted = False
        self.site.connections.upgrade(self.address)
        return self._let_go

    def _let_go(self) -> None:
        self.site.connections.leave()
        # Else channel, request and socket hold each other until the next collection of garbage.
        self.requests.clear()
        self.__dict__.pop("rawDataReceived", None)

    def connectionLost(self, reason: Any = connectionDone) -> None:
        """It is gone."""
        self._is_lost = True
        if self._is_counted:
            self.upgraded()
            self.site.connections.leave()
        super().connectionLost(reason)

    def refuse(self, error: AlieError, headers: Headers) -> None:
        """Answers at once, with these headers and those of every answer, and closes, whatever is still on its way."""
        body = answers.encode(answers.error_body(error))
        secure(headers, is_https=self.isSecure())
        headers.setRawHeaders(b"Content-Type", [answers.JSON_TYPE])
        headers.setRawHeaders(b"Content-Length", [b"%d" % len(body)])
        headers.setRawHeaders(b"Connection", [b"close"])
        if error.retry_after_s is not None:
            headers.setRawHeaders(b"Retry-After", [b"%d" % error.retry_after_s])
        lines = [b"%s: %s\r\n" % (name, value) for name, values in headers.getAllRawHeaders() for value in values]
        reason = HTTPStatus(error.http_status).phrase.encode()
        request = self.requests[-1] if self.requests else None
        self.site.access.refused(request, getattr(request, "visit", None), error, len(body))
        self.transport.write(b"HTTP/1.1 %d %s\r\n%s\r\n" % (error.http_status, reason, b"".join(lines)) + body)
        self.loseConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Twisted has no public hook for requests that cannot be parsed; without this they get a bare status line.
        self.refuse(BadRequest(), Headers())

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line of more than 16 KiB: answered too, where twisted only hangs up."""
        self.refuse(BadRequest(), Headers())
