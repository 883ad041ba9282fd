"""What the door found out about a client before there was a socket; and the factory that tells the socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alie.errors import AlieError
from alie.principal import Caller
from alie.standing import NO_WAY


@dataclass(frozen=True, slots=True)
class Entrance:
    """How one client came in.

    Attributes:
        caller: whose proof the request brought; None: nobody's.
        way: how it was brought (`alie.standing`).
        refusal: why the socket is to be closed as soon as it is open; None: it is not.
        address: of the client; None where it is not known.
        leave: counts the client out; called once the socket is gone, or was never made.
    """

    caller: Caller | None = None
    way: str = NO_WAY
    refusal: AlieError | None = None
    address: str | None = None
    leave: Callable[[], None] = lambda: None


class OneSocket:
    """A factory as Autobahn's resource wants it, for the one request that came in by `entrance`.

    Args:
        factory: builds the socket.
        entrance: which it gets as its attribute of this name.

    Attributes:
        socket: once it is built.
    """

    socket: Any = None

    def __init__(self, factory: Any, entrance: Entrance) -> None:
        self._factory = factory
        self._entrance = entrance

    def buildProtocol(self, address: Any) -> Any:
        """The socket."""
        self.socket = self._factory.buildProtocol(address)
        self.socket.entrance = self._entrance
        return self.socket


def once(call: Callable[[], None]) -> Callable[[], None]:
    """The same call, which does nothing from the second time on."""
    calls = [call]
    return lambda: calls.pop()() if calls else None
