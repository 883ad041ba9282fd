"""StartStreamTranscription over HTTP/2, as the vendor's SDKs speak it: many streams on one TLS connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError, StreamClosedError
from hyperframe.frame import Frame, GoAwayFrame
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from alie.simulator.chunks import ChunkReader
from alie.simulator.http2_line import Http2Line
from alie.simulator.interface import Service
from alie.simulator.requests import PATH, parameters_of, verify_request
from alie.simulator.signing import NotAuthentic

# After the end of an answer, before the rest of the request is cut off: node forgets an answer that it has not read yet
# when a reset comes with it.
LINGER_S = 0.5


class PatientConnection(H2Connection):
    """Goes on after a GOAWAY that is no complaint, for the sake of the streams that are open (RFC 9113, 6.8); h2 itself
    would end the connection. The vendor's client for JavaScript sends one as soon as its stream is answered."""

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        if frame.error_code == ErrorCodes.NO_ERROR:
            return [], []
        return super()._receive_goaway_frame(frame)


@implementer(IPushProducer)
class Http2Protocol(Protocol):
    """One connection that negotiated "h2".

    Args:
        service: what its streams are opened at.
        reactor: its `seconds` are taken for those since 1970, as a real reactor's are.
    """

    # With a producer's side and an abrupt end, of which Twisted's own annotation knows nothing.
    transport: Any

    def __init__(self, service: Service, reactor: IReactorTime) -> None:
        self._service = service
        self._reactor = reactor
        self._lines: dict[int, Http2Line] = {}
        self._lingering: set[IDelayedCall] = set()
        self._is_over = False
        self.is_full = False
        self.h2 = PatientConnection(H2Configuration(client_side=False, header_encoding="latin-1"))

    # Twisted's side

    def connectionMade(self) -> None:
        """Says how HTTP/2 is spoken here."""
        self.transport.registerProducer(self, True)
        self.h2.initiate_connection()
        self.flush()

    def dataReceived(self, data: bytes) -> None:
        """Takes what came in order; what the client broke off in the same breath is not looked at any more."""
        try:
            events = self.h2.receive_data(data)
        except ProtocolError:
            self._close()
            return
        if any(isinstance(event, ConnectionTerminated) for event in events):
            self._close()
            return
        gone = {event.stream_id for event in events if isinstance(event, StreamReset)}
        for stream_id in gone & self._lines.keys():
            self._lines.pop(stream_id).lose()
        for event in events:
            if not self._is_over:
                self._take(event, gone)
        # A window may have been opened.
        for line in list(self._lines.values()):
            line.pump()
        self.flush()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Every line is lost with it."""
        self._lose_all()

    def pauseProducing(self) -> None:
        """The client does not read; results wait in their lines."""
        self.is_full = True

    def resumeProducing(self) -> None:
        """It reads again."""
        self.is_full = False
        for line in list(self._lines.values()):
            line.pump()

    def stopProducing(self) -> None:
        """The connection is gone; `connectionLost` tells."""

    # The lines' side

    def flush(self) -> None:
        """Writes what `h2` has to say."""
        data = self.h2.data_to_send()
        if data and not self._is_over:
            self.transport.write(data)

    def abort(self) -> None:
        """Cuts the TCP connection with a reset."""
        self._is_over = True
        # Below TLS, which would say goodbye.
        self.transport.transport.abortConnection()

    def forget(self, stream_id: int) -> None:
        """The stream has been ended from this side; its line is told when whoever ended it has returned."""
        line = self._lines.pop(stream_id, None)
        if line is not None:
            self._reactor.callLater(0, line.lose)
            self._lingering.add(self._reactor.callLater(LINGER_S, self._reset, stream_id))

    def seconds(self) -> float:
        """Seconds since 1970."""
        return self._reactor.seconds()

    @property
    def peer_port(self) -> int:
        """From which it came."""
        return int(self.transport.getPeer().port)

    def _close(self) -> None:
        """Ends the connection in good order, with what `h2` has to say about it."""
        self.flush()
        self._lose_all()
        # TLS says goodbye only when nobody may write any more.
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _reset(self, stream_id: int) -> None:
        """The client need not send the rest of its request (RFC 9113, 8.1), if it has not."""
        self._lingering = {call for call in self._lingering if call.active()}
        try:
            self.h2.reset_stream(stream_id, ErrorCodes.NO_ERROR)
        except StreamClosedError:
            return
        self.flush()

    def _lose_all(self) -> None:
        self._is_over = True
        for call in self._lingering:
            if call.active():
                call.cancel()
        self._lingering.clear()
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.lose()

    def _take(self, event: Event, gone: set[int]) -> None:
        if isinstance(event, DataReceived) and event.flow_controlled_length:
            # The connection's window stays open: a stream that is not read must not stop the others.
            self.h2.increment_flow_control_window(event.flow_controlled_length)
        if isinstance(event, RequestReceived) and event.stream_id not in gone:
            self._open(event.stream_id, _joined(event.headers))
            return
        line = self._lines.get(getattr(event, "stream_id", None) or 0)
        if line is None:
            return
        if isinstance(event, DataReceived):
            line.receive(event.data, event.flow_controlled_length)
        elif isinstance(event, StreamEnded):
            line.receive_end()

    def _open(self, stream_id: int, headers: dict[str, str]) -> None:
        line = self._lines[stream_id] = Http2Line(self, stream_id, parameters_of(headers))
        if (headers.get(":method"), headers.get(":path")) != ("POST", PATH):
            line.refuse(404, "UnknownOperationException", "There is no such operation.")
            return
        try:
            seal = verify_request(headers, self._service.secret_of, self.seconds())
        except NotAuthentic as error:
            self._service.note_bad_signature(str(error))
            line.refuse(403, error.exception_type, str(error))
            return
        line.begin(self._service, ChunkReader(seal))


def _joined(headers: Iterable[Any]) -> dict[str, str]:
    """Headers by name; what comes twice is one value, as for a signature."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
