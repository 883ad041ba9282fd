"""The floor: carries bytes both ways and understands none, on the same reactor: `python -m bench.gateway.forwarder`.

With `--authority FILE` it speaks TLS to the far end, by Twisted's own means. What a gateway costs above this is what it
costs to understand what it carries.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, serverFromString, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.python.failure import Failure

from alie.cli.running import run


class Side(Protocol):
    """One end of a pair."""

    transport: Any
    other: Side | None = None

    def pair(self, other: Side) -> None:
        """From now on what one gets the other sends; who reads slowly slows down who sends."""
        self.other = other
        other.transport.registerProducer(self.transport, True)

    def connectionMade(self) -> None:
        """Twisted: connected."""
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        """Twisted: bytes came."""
        if self.other is not None:
            self.other.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted: gone."""
        if self.other is not None:
            self.other.transport.unregisterProducer()
            self.other.transport.loseConnection()


class Incoming(Side):
    """A client's end. Args: endpoint: where the far end is."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self._endpoint = endpoint

    def connectionMade(self) -> None:
        """Twisted: connected. Nothing is read until the far end is, too."""
        super().connectionMade()
        self.transport.pauseProducing()
        connectProtocol(self._endpoint, Side()).addCallbacks(self._go_on, lambda _: self.transport.abortConnection())

    def _go_on(self, far: Side) -> None:
        far.pair(self)
        self.pair(far)
        self.transport.resumeProducing()


def far_end(reactor: Any, address: str, authority: Path | None) -> IStreamClientEndpoint:
    """Where to connect to. Args: address: HOST:PORT; authority: what a certificate is verified with; None: no TLS."""
    host, port = address.rsplit(":", 1)
    plain = HostnameEndpoint(reactor, host, int(port))
    if authority is None:
        return plain
    return wrapClientTLS(optionsForClientTLS(host, Certificate.loadPEM(authority.read_bytes())), plain)


async def _forward(reactor: Any, address: str, authority: Path | None) -> int:
    endpoint = far_end(reactor, address, authority)
    factory = Factory.forProtocol(lambda: Incoming(endpoint))
    port = await serverFromString(reactor, "tcp:0:backlog=4096:interface=127.0.0.1").listen(factory)
    print(f"listens on ws://127.0.0.1:{port.getHost().port}/ws", flush=True)
    await Deferred()
    return 0


def main() -> None:
    """Runs it until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="HOST:PORT of the far end")
    parser.add_argument("--authority", type=Path, help="PEM file: speak TLS, and verify the far end with this")
    options = parser.parse_args()
    run(lambda reactor: _forward(reactor, options.address, options.authority))


if __name__ == "__main__":
    main()
