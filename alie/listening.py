"""The listening socket, taken before anything else, so that a busy port is one clear line and not a crash later."""

from __future__ import annotations

import errno
import socket
from ipaddress import ip_address

BACKLOG = 4096

RECEIVE_BYTES = 131_072
"""That the kernel keeps of what a client sends and is not read yet (it doubles this for its own use): 4 s of audio. By
itself it would keep up to 6 MB for each client that is paused for backpressure."""

UNSENT_BYTES = 16_384
"""Of what the kernel takes from us before it can send it (TCP_NOTSENT_LOWAT): what waits should wait with us, where a
newer partial takes the place of an older one."""

_TCP_NOTSENT_LOWAT = 25  # linux/tcp.h; the socket module does not know it yet


class ListenError(Exception):
    """The address cannot be listened on; the text says which and why."""


def listen(host: str, port: int, stall_s: int = 60, name: str = "HOST") -> socket.socket:
    """Binds and listens. What is set of the socket, connections inherit.

    Args:
        host: an address, or "localhost".
        port: 0 takes a free one.
        stall_s: seconds after which the kernel drops a connection whose other end takes nothing of what waits for it,
            because it is gone without a word, or does not read (TCP_USER_TIMEOUT, tcp(7)).

    Raises:
        ListenError: no such address, no right to the port, or it is taken.
    """
    address = "127.0.0.1" if host == "localhost" else host
    try:
        family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    except ValueError:
        raise ListenError(f"{name} must be an IP address or localhost, not {host}") from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        return prepare(listening, stall_s)
    except OSError as error:
        listening.close()
        raise ListenError(f"cannot listen on {host} port {port}: {_reason(error)}") from None


def prepare(listening: socket.socket, stall_s: int = 60) -> socket.socket:
    """Has a socket listen as ours do, also one that listens already.

    Args:
        listening: bound.
        stall_s: as `listen` has it.
    """
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    listening.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stall_s * 1000)
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def url(listening: socket.socket, scheme: str = "http") -> str:
    """The address as a URL."""
    host, port = listening.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is taken; is Alie running already?"
    if error.errno == errno.EACCES:
        return "no right to this port; ports below 1024 need one"
    return error.strerror or "refused by the system"
