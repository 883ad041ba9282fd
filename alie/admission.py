"""Who may open a session: seats, and the doors that close when the daemon stops."""

from __future__ import annotations

from collections.abc import Callable

from alie.errors import Capacity, EngineUnavailable, ShuttingDown


class Admission:
    """Counts the seats that started sessions hold.

    Args:
        seats: how many there are right now; asked at each start, since an engine may gain or lose some.
        is_engine_lost: whether there is nothing that could listen.
    """

    def __init__(self, seats: Callable[[], int], is_engine_lost: Callable[[], bool] = lambda: False) -> None:
        self._seats = seats
        self._is_engine_lost = is_engine_lost
        self._taken = 0
        self._is_closed = False

    @property
    def taken(self) -> int:
        """Seats in use."""
        return self._taken

    @property
    def is_full(self) -> bool:
        """Whether the next start would be refused."""
        return self._is_closed or self._taken >= self._seats()

    def take(self) -> None:
        """Takes a seat; `leave` gives it back.

        Raises:
            Capacity: none is free.
            EngineUnavailable: nothing could listen.
            ShuttingDown: the daemon is going down.
        """
        if self._is_closed:
            raise ShuttingDown
        if self._is_engine_lost():
            raise EngineUnavailable
        if self._taken >= self._seats():
            raise Capacity
        self._taken += 1

    def leave(self) -> None:
        """Gives a seat back."""
        self._taken -= 1

    def close(self) -> None:
        """No more seats from now on."""
        self._is_closed = True
