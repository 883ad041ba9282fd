"""A client that speaks TLS in memory, to whatever `alie.tls` accepts."""

from __future__ import annotations

import ssl
from typing import Any

from tests.support.memory_web import Connection


def client_context(authority: bytes) -> ssl.SSLContext:
    """Of clients that trust this root (PEM), and verify all that there is to verify."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority.decode())
    return context


class SecureConnection(Connection):
    """A client's end.

    Args:
        factory: what it connects to.
        context: how it speaks TLS.
        peer: the address it comes from.
        is_prompt: whether the handshake is made at once.
        session: an earlier connection's, to be resumed.

    Attributes:
        tls: its TLS.
    """

    def __init__(
        self,
        factory: Any,
        context: ssl.SSLContext,
        peer: str = "127.0.0.1",
        *,
        is_prompt: bool = True,
        session: Any = None,
    ) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost", session=session)
        self._heard = b""
        super().__init__(factory, peer)
        if is_prompt:
            self.shake_hands()

    def shake_hands(self) -> None:
        """As far as it goes without waiting.

        Raises:
            ssl.SSLError: it fails.
        """
        for _ in range(3):
            self.take()
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            self.push()

    def take(self) -> None:
        """Takes from TCP what the server has sent."""
        self._incoming.write(self.transport.value())
        self.transport.clear()

    def push(self, most: int = 1 << 30) -> None:
        """Sends what TLS has to send, in segments of at most so many bytes."""
        data = self._outgoing.read()
        for at in range(0, len(data), most):
            super().send(data[at : at + most])

    def send(self, data: bytes) -> None:
        """Sends bytes in one record, or as many as it takes."""
        self.tls.write(data)
        self.push()

    def received(self) -> bytes:
        """All bytes that came and were not read yet."""
        self.take()
        try:
            while data := self.tls.read(65_536):
                self._read += data
        except ssl.SSLWantReadError:
            pass
        return self._read

    def is_told_to_close(self) -> bool:
        """Whether the server has closed TLS in due form (close_notify)."""
        self.received()
        try:
            return not self.tls.read(1)
        except ssl.SSLError:
            return False
