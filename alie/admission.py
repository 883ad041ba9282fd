"""Who may open a session: seats, and the doors that close when the daemon stops."""

from __future__ import annotations

from collections.abc import Callable

from alie.errors import Capacity, ShuttingDown


class Admission:
    """Counts the seats that started sessions hold.

    Args:
        seats: how many there are right now; asked at each start, since an engine may gain or lose some.
    """

    def __init__(self, seats: Callable[[], int]) -> None:
        self._seats = seats
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
            ShuttingDown: the daemon is going down.
        """
        if self._is_closed:
            raise ShuttingDown
        if self._taken >= self._seats():
            raise Capacity
        self._taken += 1

    def leave(self) -> None:
        """Gives a seat back."""
        self._taken -= 1

    def close(self) -> None:
        """No more seats from now on."""
        self._is_closed = True
