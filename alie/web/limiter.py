"""How much one address or user may ask of us: requests in a window, sockets at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import ceil
from typing import Protocol

from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.server import Request

from alie.errors import RateLimited
from alie.guard_settings import UseLimits
from alie.origins import Hosts
from alie.principal import KEY, SUPABASE, Caller
from alie.web.cors import header, plain_path
from alie.web.counting import ClockStorage
from alie.web.entrance import once
from alie.web.proxies import TrustedProxies, network_of

# Feedback is taken from everybody who is signed in, and a form invites hurry (contract, section 5.4).
FEEDBACK = b"/api/feedback"
FEEDBACK_RATES = {b"POST": RateLimitItemPerSecond(10, 900), b"GET": RateLimitItemPerSecond(30, 60)}


class Limiter(Protocol):
    """Counts requests and connections. Nothing here blocks."""

    def address(self, request: Request) -> str | None:
        """The client's address, as far as it can be believed; None where a proxy tells none."""

    def hit(self, request: Request, caller: Caller | None) -> None:
        """Counts a REST request, against its user or else its address, and sets the RateLimit headers of its answer.

        Raises:
            RateLimited: one too many.
        """

    def enter(self, request: Request) -> Callable[[], None]:
        """Counts a socket; what it returns counts it out, and may be called repeatedly.

        Raises:
            RateLimited: one too many from this address.
        """


class NoLimiter:
    """Counts nothing."""

    def address(self, request: Request) -> str | None:
        """The peer's."""
        return getattr(request.getClientAddress(), "host", None)

    def hit(self, request: Request, caller: Caller | None) -> None:
        """Nothing."""

    def enter(self, request: Request) -> Callable[[], None]:
        """Nothing."""
        return lambda: None


class UseLimiter:
    """Counts by user, or by address where nobody has said who is asking.

    Where a proxy passes no address on, everybody behind it would be one: then nothing is counted by address, and that
    is logged once.

    Args:
        clock: the reactor.
        bounds: how much is allowed.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, bounds: UseLimits) -> None:
        self._clock = clock
        self._bounds = bounds
        self._proxies = TrustedProxies(bounds.trusted_proxies)
        self._rates = FixedWindowRateLimiter(ClockStorage(clock))
        self._rate = RateLimitItemPerSecond(bounds.requests, bounds.window_s)
        self._sockets: Counter[str] = Counter()
        self._local = Hosts(())
        self._has_complained = False

    def address(self, request: Request) -> str | None:
        """The client's address; None where a proxy tells none."""
        address = self._proxies.client(request)
        if address is None and not self._has_complained and not self._local.knows(header(request, "host"), None):
            # A local client without a proxy has no address either, but calls us by a local name.
            self._has_complained = True
            self._log.warn(
                "A proxy passes no client address (X-Forwarded-For): nothing is limited by address",
                event="proxy.no_address",
            )
        return address

    def hit(self, request: Request, caller: Caller | None) -> None:
        """Counts a request; see `Limiter.hit`."""
        who = self._who(request, caller)
        if who is None or not self._bounds.has_rates:
            return
        rate, key = self._rate, "all"
        if plain_path(request).rstrip(b"/") == FEEDBACK and request.method in FEEDBACK_RATES:
            rate, key = FEEDBACK_RATES[request.method], f"feedback {request.method.decode()}"
        is_within = self._rates.hit(rate, key, who)
        stats = self._rates.get_window_stats(rate, key, who)
        wait_s = max(1, ceil(stats.reset_time - self._clock.seconds()))
        for name, value in (
            (b"RateLimit-Policy", b"%d;w=%d" % (rate.amount, rate.get_expiry())),
            (b"RateLimit-Limit", b"%d" % rate.amount),
            (b"RateLimit-Remaining", b"%d" % stats.remaining),
            (b"RateLimit-Reset", b"%d" % wait_s),
        ):
            request.setHeader(name, value)
        if not is_within:
            raise RateLimited(retry_after_s=wait_s)

    def _who(self, request: Request, caller: Caller | None) -> str | None:
        if caller is not None and caller.principal.way in (SUPABASE, KEY):
            return f"user {caller.principal.user_id}"
        address = self.address(request)
        return None if address is None else network_of(address)

    def enter(self, request: Request) -> Callable[[], None]:
        """Counts a socket in; see `Limiter.enter`."""
        address = self.address(request)
        if address is None or not self._bounds.sockets_per_address:
            return lambda: None
        key = network_of(address)
        if self._sockets[key] >= self._bounds.sockets_per_address:
            raise RateLimited("Too many connections from this address; try again later", retry_after_s=10)
        self._sockets[key] += 1
        return once(lambda: self._leave(key))

    def _leave(self, key: str) -> None:
        self._sockets[key] -= 1
        if not self._sockets[key]:
            del self._sockets[key]
