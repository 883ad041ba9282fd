"""Writes to a TCP transport now instead of after the next look at all sockets."""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection


def write_now(transport: Any, data: bytes) -> None:
    """Writes `data`, and has the system take it before the reactor's next turn, which would cost a turn for each write.

    What the system does not take stays in the transport's buffer, as always; so does everything when the connection is
    lost: the reactor finds that out by itself. A transport that is no plain TCP connection just gets the data.
    """
    if isinstance(transport, Connection) and _has_nothing_to_send(transport):
        # Past the buffer, and so without asking epoll to watch the socket for this and then not to watch it any more:
        # two calls of the system for each message, which cost as much as the sending.
        sent = transport.writeSomeData(data)
        if isinstance(sent, int):  # else it is lost
            if sent == len(data):
                return
            data = data[sent:]
    transport.write(data)


def _has_nothing_to_send(transport: Any) -> bool:
    # Twisted has no public way to ask; `tests/test_prompt_write.py` holds this one.
    return (
        transport.connected
        and not transport.disconnecting
        and not transport.TLS
        and not (transport.dataBuffer or transport._tempDataBuffer)
    )
