"""Who may open a session: seats, and the doors that close when the daemon stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from alie.errors import Capacity, EngineUnavailable, ShuttingDown
from alie.principal import KEY, SUPABASE, Principal


class Admission:
    """Counts the seats that started sessions hold.

    Args:
        seats: how many there are right now; asked at each start, since an engine may gain or lose some.
        is_engine_lost: whether there is nothing that could listen.
        per_user: how many one user may hold; 0: no bound. Whoever has no identity of their own is not counted.
        per_clinic: how many the users of one clinic may hold; 0: no bound.
        check_residency: raises EngineUnavailable where audio may not go now.
        check_load: raises Capacity where the daemon has too much to do already.
    """

    def __init__(
        self,
        seats: Callable[[], int],
        is_engine_lost: Callable[[], bool] = lambda: False,
        *,
        per_user: int = 0,
        per_clinic: int = 0,
        check_residency: Callable[[], None] = lambda: None,
        check_load: Callable[[], None] = lambda: None,
    ) -> None:
        self._seats = seats
        self._is_engine_lost = is_engine_lost
        self._per_user = per_user
        self._per_clinic = per_clinic
        self._check_residency = check_residency
        self._check_load = check_load
        self._taken = 0
        self._of: Counter[tuple[str, str]] = Counter()
        self._is_closed = False

    @property
    def seats(self) -> int:
        """How many there are right now."""
        return self._seats()

    @property
    def taken(self) -> int:
        """Seats in use."""
        return self._taken

    @property
    def is_full(self) -> bool:
        """Whether the next start would be refused, whoever asks."""
        return self._is_closed or self._taken >= self._seats()

    def take(self, principal: Principal | None = None) -> None:
        """Takes a seat; `leave` gives it back.

        Args:
            principal: for whom; None: nobody knows.

        Raises:
            Capacity: none is free, the daemon is overloaded, or this user or clinic has as many as one may.
            EngineUnavailable: nothing could listen, or not where audio may go.
            ShuttingDown: the daemon is going down.
        """
        if self._is_closed:
            raise ShuttingDown
        self._check_residency()
        if self._is_engine_lost():
            raise EngineUnavailable
        self._check_load()
        if self._taken >= self._seats():
            raise Capacity
        holders = _holders(principal)
        for holder in holders:
            self._check_share(holder)
        self._taken += 1
        self._of.update(holders)

    def _check_share(self, holder: tuple[str, str]) -> None:
        kind, _ = holder
        most = self._per_user if kind == "user" else self._per_clinic
        if most and self._of[holder] >= most:
            whose = "You have" if kind == "user" else "Your clinic has"
            raise Capacity(f"{whose} {most} dictations open, as many as one may; end one first")

    def leave(self, principal: Principal | None = None) -> None:
        """Gives a seat back that was taken for this principal."""
        self._taken -= 1
        for holder in _holders(principal):
            self._of[holder] -= 1
            if not self._of[holder]:
                del self._of[holder]

    def close(self) -> None:
        """No more seats from now on."""
        self._is_closed = True


def _holders(principal: Principal | None) -> list[tuple[str, str]]:
    """Against whom a seat counts."""
    if principal is None or principal.way not in (SUPABASE, KEY):
        return []
    clinic = [] if principal.clinic_id is None else [("clinic", principal.clinic_id)]
    return [("user", principal.user_id), *clinic]
