"""Opens the connection on which a WebSocket is then negotiated."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.internet.ssl import optionsForClientTLS

from alie.cli.address import Address
from alie.cli.reasons import SessionFailed, unreachable
from alie.cli.socket import OutgoingSocket, OutgoingSocketFactory, SocketOwner

CONNECT_TIMEOUT_S = 10.0


async def dial(reactor: Any, address: Address, owner: SocketOwner) -> OutgoingSocket:
    """Connects; `owner` is told whether a WebSocket comes of it.

    Args:
        reactor: what waits and connects.
        address: of the server; TLS is verified against the platform's trusted certificates.
        owner: of the socket.

    Raises:
        SessionFailed: there is no such server.
    """
    endpoint: Any = HostnameEndpoint(reactor, address.host, address.port, timeout=CONNECT_TIMEOUT_S)
    if address.is_secure:
        endpoint = wrapClientTLS(optionsForClientTLS(address.host), endpoint)
    try:
        socket: OutgoingSocket = await _cancellable(
            endpoint.connect(OutgoingSocketFactory(address.websocket_url, owner, reactor))
        )
    except (ConnectError, OSError, ValueError) as error:
        raise SessionFailed(unreachable(error, address)) from None
    return socket


def _cancellable(attempt: Deferred[Any]) -> Deferred[Any]:
    """The same attempt; when cancelled, it says so, where an endpoint may say that the name is not known."""

    def cancel(waiting: Deferred[Any]) -> None:
        waiting.errback(CancelledError())
        attempt.cancel()

    waiting: Deferred[Any] = Deferred(cancel)
    attempt.addBoth(lambda result: None if waiting.called else waiting.callback(result))
    return waiting
