"""The HTTP server: bounded requests that never touch the disk, headers and CORS on every answer, errors in JSON."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from alie.connections import RETRY_AFTER_S, Connections
from alie.errors import AlieError, BadRequest, Capacity, Forbidden, Internal, PayloadTooLarge
from alie.origins import Hosts, Origins
from alie.web import answers, cors
from alie.web.accepting import Accepting
from alie.web.access_log import AccessLog, Visit, words_of
from alie.web.channel import IDLE_S, MAX_BODY_BYTES, JsonChannel
from alie.web.headers import secure
from alie.web.plain_port import PlainPort
from alie.web.proxies import TrustedProxies
from alie.web.turnstile import Turnstile

MAX_BODIES_BYTES = 67_108_864  # of all requests together: a slow client may take its time, not all memory
_NO_ROOM = Capacity("Too many requests are being received; try again shortly", retry_after_s=RETRY_AFTER_S)
NO_HOSTS = Hosts(())
LOCAL_PROXIES = TrustedProxies()


class BoundedRequest(Request):
    """A request whose body is bounded and stays in memory."""

    channel: Any  # twisted knows its HTTPChannel only; ours is a JsonChannel
    _log = Logger()
    _received_bytes = 0
    _is_refused = False
    visit: Visit | None = None

    def gotLength(self, length: int | None) -> None:
        """The headers are there; the client says how long the body is, or None."""
        self.content = BytesIO()
        self.visit = self.channel.site.access.begin(self)
        if length is not None and length > MAX_BODY_BYTES:
            self._refuse_body(PayloadTooLarge())

    def handleContentChunk(self, data: bytes) -> None:
        """A piece of the body."""
        if not self._is_refused:
            site = self.channel.site
            if not self._received_bytes:
                self.notifyFinish().addBoth(lambda _: self._give_back(site))
            self._received_bytes += len(data)
            site.bodies_bytes += len(data)
            if self._received_bytes > MAX_BODY_BYTES:
                self._refuse_body(PayloadTooLarge())
            elif site.bodies_bytes > MAX_BODIES_BYTES:
                self._refuse_body(_NO_ROOM)
        if not self._is_refused:
            super().handleContentChunk(data)

    def _give_back(self, site: AlieSite) -> None:
        site.bodies_bytes -= self._received_bytes

    def _refuse_body(self, error: AlieError) -> None:
        self._is_refused = True
        try:
            self.channel.site.check(self)
        except AlieError as refusal:
            error = refusal
        self.channel.refuse(error, self.responseHeaders)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The body is complete."""
        if not self._is_refused:
            super().requestReceived(command, path, version)

    def process(self) -> None:
        """Checks Host and Origin, then finds and renders the resource."""
        site = self.channel.site
        secure(self.responseHeaders, is_https=site.is_https(self))
        try:
            if site.check(self) or site.sends_away(self):
                self.finish()
                return
        except AlieError as error:
            self._finish_with(error)
            return
        super().process()

    def setHeader(self, name: Any, value: Any) -> None:
        """Sets a header; twisted's own Server header, with its version, is not wanted."""
        if name != b"Server":
            super().setHeader(name, value)

    def processingFailed(self, reason: Failure) -> None:
        """A fault of ours: logged, and told without its cause."""
        request_id = self.visit.request_id if self.visit is not None else None
        self._log.failure("Request failed", reason, event="request.failed", request_id=request_id)
        self._finish_with(Internal())

    def connectionLost(self, reason: Failure) -> None:
        """The client has gone."""
        if self.visit is not None:
            self.channel.site.access.gone(self, self.visit)
        super().connectionLost(reason)

    def _finish_with(self, error: AlieError) -> None:
        self.write(answers.refuse(self, error))
        self.finish()


class AlieSite(Site):
    """The web server.

    Args:
        root: the resource tree.
        origins: who may call us from a browser.
        clock: the reactor.
        hosts: the Host names that `/api` answers to: a name that somebody else has pointed here would make his page one
            of ours (DNS rebinding). What is public, such as health, answers to any.
        proxies: whose word about the scheme is taken; their connections are not counted by address.
        connections: counts them.
        plain_port: what requests without TLS get; None: whatever others get.

    Attributes:
        access: logs requests.
        turnstile: has requests looked at in their turn.
        accepting: paces the port, once `Accepting.pace` has been told of it.
        bodies_bytes: how much of requests' bodies is held, those being received and those being answered.
    """

    displayTracebacks = False
    noisy = False
    bodies_bytes = 0

    def __init__(
        self,
        root: IResource,
        origins: Origins,
        clock: IReactorTime,
        hosts: Hosts = NO_HOSTS,
        proxies: TrustedProxies = LOCAL_PROXIES,
        connections: Connections | None = None,
        plain_port: PlainPort | None = None,
    ) -> None:
        # Nothing here takes forms, and reading a large one would hold up the reactor.
        super().__init__(
            root,
            requestFactory=BoundedRequest,
            parsePOSTFormSubmission=False,
            timeout=IDLE_S,
            reactor=clock,
        )
        self._origins = origins
        self._hosts = hosts
        self._proxies = proxies
        self._plain_port = plain_port
        self.connections = connections or Connections()
        self.access = AccessLog(clock, proxies, words_of(root))
        self.turnstile = Turnstile(clock)
        self.accepting = Accepting(clock, self.turnstile.enter)
        self.protocol = JsonChannel  # type: ignore[assignment,method-assign]  # declared as a method that builds one

    def buildProtocol(self, addr: Any) -> Any:
        """A connection's channel; one too many gets one that only says so."""
        self.accepting.taken()
        channel: Any = super().buildProtocol(addr)
        channel.address = self._proxies.counted(getattr(addr, "host", ""))
        channel.refusal = self.connections.enter(channel.address)
        return channel

    def check(self, request: Request) -> bool:
        """Checks where a request comes from, and lets its page read the answer; whether that was a preflight, now done.

        Raises:
            Forbidden: an Origin or a Host that is none of ours.
            BadRequest: more than one Host (RFC 9112, section 3.2): what reads the first would judge another than we do.
        """
        if len(request.requestHeaders.getRawHeaders(b"host", ())) > 1:
            raise BadRequest
        origin = cors.check_origin(request, self._origins, self._proxies)
        local_address = getattr(request.getHost(), "host", None)
        # Not known yet while a body is refused, which tells nothing.
        is_guarded = cors.plain_path(request).startswith(b"/api")
        if is_guarded and not self._hosts.knows(cors.header(request, "host"), local_address):
            raise Forbidden("This server does not answer to that Host")
        return cors.share(request, origin)

    def is_https(self, request: Request) -> bool:
        """Whether its client came by https, as far as it is known."""
        return cors.stated_scheme(request, self._proxies) == "https"

    def sends_away(self, request: Request) -> bool:
        """Whether it came where it should not have come, and has been told where to go.

        Raises:
            TlsRequired: it is not told.
            Forbidden: its Host is none of ours.
        """
        return self._plain_port is not None and self._plain_port.sends_away(request)

    def log(self, request: Any) -> None:
        """Twisted: an answer is written. Its own access log would hold query strings."""
        if request.visit is not None:
            self.access.answered(request, request.visit)
