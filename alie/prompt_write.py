"""Writes to a TCP transport now instead of after the next look at all sockets."""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection


def write_now(transport: Any, data: bytes) -> None:
    """Writes `data`, and has the system take it before the reactor's next turn, which would cost a turn for each write.

    What the system does not take stays in the transport's buffer, as always; so does everything when the connection is
    lost: the reactor finds that out by itself. A transport that is no plain TCP connection just gets the data.
    """
    transport.write(data)
    if isinstance(transport, Connection) and transport.connected and not transport.disconnecting:
        transport.doWrite()
