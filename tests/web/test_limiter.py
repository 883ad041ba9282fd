"""Tests of alie.web.limiter: requests and sockets of one user or address, and what is told of the bounds."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from alie.errors import RateLimited
from alie.guard_settings import UseLimits
from alie.principal import KEY, LOCAL_CALLER, SUPABASE, Caller, Principal
from alie.web.counting import MAX_KEYS, ClockStorage
from alie.web.limiter import UseLimiter
from tests.web.test_proxies import LOOPBACK, STRANGER, request_from

ANNE, BEN = (Caller(Principal(user, SUPABASE), "token") for user in ("anne", "ben"))


class LimiterCase(SynchronousTestCase):
    """A limiter on a clock."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.build()

    def build(self, **bounds: Any) -> None:
        """Three requests in a minute, two sockets, unless said otherwise."""
        own = {"requests": 3, "window_s": 60, "sockets_per_address": 2, **bounds}
        self.limiter = UseLimiter(self.clock, UseLimits(**own))

    def hit(
        self, caller: Caller | None = None, peer: str = STRANGER, method: bytes = b"GET", path: bytes = b"/api/cases"
    ) -> Any:
        """One request; gives it."""
        request = request_from(peer)
        request.method, request.path = method, path
        self.limiter.hit(request, caller)
        return request

    def headers(self, request: Any) -> list[int]:
        """Limit, what remains, and seconds until the window ends."""
        names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
        return [int(request.responseHeaders.getRawHeaders(name)[0]) for name in names]


class RequestTests(LimiterCase):
    """Requests in a window."""

    def test_told_and_refused(self) -> None:
        """Every answer says how many are left; one too many says when to come back."""
        self.assertEqual(self.headers(self.hit()), [3, 2, 60])
        self.clock.advance(20)
        self.assertEqual(self.headers(self.hit()), [3, 1, 40])
        self.assertEqual(self.headers(self.hit()), [3, 0, 40])
        refusal = self.assertRaises(RateLimited, self.hit)
        self.assertEqual((refusal.http_status, refusal.retry_after_s), (429, 40))
        self.clock.advance(40)
        self.assertEqual(self.headers(self.hit()), [3, 2, 60])

    def test_policy(self) -> None:
        """The form of the older backend."""
        (policy,) = self.hit().responseHeaders.getRawHeaders("RateLimit-Policy")
        self.assertEqual(policy, "3;w=60")

    def test_users_do_not_pay_for_each_other(self) -> None:
        """A clinic is one address and many users; a user is one, wherever from."""
        for _ in range(3):
            self.hit(ANNE)
        self.hit(BEN)
        self.hit()
        self.assertRaises(RateLimited, self.hit, ANNE, "198.51.100.1")

    def test_addresses(self) -> None:
        """Without a user, an address is counted; access keys have users."""
        for _ in range(3):
            self.hit()
        self.assertRaises(RateLimited, self.hit)
        self.hit(peer="198.51.100.1")
        self.hit(Caller(Principal("carol", KEY)))

    def test_everybody_local_is_not_one_user(self) -> None:
        """Where nobody signs in, addresses count."""
        for _ in range(3):
            self.hit(LOCAL_CALLER)
        self.assertRaises(RateLimited, self.hit, LOCAL_CALLER)
        self.hit(LOCAL_CALLER, "198.51.100.1")

    def test_off(self) -> None:
        """RATE_LIMIT_ENABLED=false."""
        self.build(has_rates=False)
        requests = [self.hit() for _ in range(9)]
        self.assertFalse(requests[-1].responseHeaders.hasHeader("RateLimit-Limit"))

    def test_feedback(self) -> None:
        """Its own bounds: ten posted in 15 minutes, thirty read in one."""
        self.build(requests=1000)
        for _ in range(10):
            self.hit(ANNE, method=b"POST", path=b"/api/feedback")
        for path in (b"/api/feedback/", b"/api/%66eedback"):
            self.assertRaises(RateLimited, self.hit, ANNE, method=b"POST", path=path)
        self.assertEqual(self.headers(self.hit(ANNE, path=b"/api/feedback"))[0], 30)
        self.assertEqual(self.headers(self.hit(ANNE))[0], 1000)


class SocketTests(LimiterCase):
    """Connections at once."""

    def enter(self, peer: str = STRANGER) -> Any:
        """One socket; gives what ends it."""
        return self.limiter.enter(request_from(peer))

    def test_one_too_many(self) -> None:
        """Until one of them goes, and once for each."""
        leave = self.enter()
        self.enter()
        self.assertRaises(RateLimited, self.enter)
        self.enter("198.51.100.1")
        leave()
        leave()
        self.enter()
        self.assertRaises(RateLimited, self.enter)

    def test_no_bound(self) -> None:
        """0 is none."""
        self.build(sockets_per_address=0)
        for _ in range(9):
            self.enter()


class UnknownAddressTests(LimiterCase):
    """A proxy that passes no address: a clinic must not be one address."""

    def test_not_counted_and_said_once(self) -> None:
        """The operator is told which header is missing."""
        logged: list[Any] = []
        globalLogPublisher.addObserver(logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, logged.append)
        for _ in range(5):
            request = request_from(LOOPBACK, Host="api.alie.app")
            self.limiter.hit(request, None)
            self.limiter.enter(request)
        self.assertFalse(request.responseHeaders.hasHeader("RateLimit-Limit"))
        warnings = [event for event in logged if "X-Forwarded-For" in (event.get("log_format") or "")]
        self.assertEqual(len(warnings), 1)

    def test_a_local_client_is_no_proxy(self) -> None:
        """Nothing is said of him."""
        logged: list[Any] = []
        globalLogPublisher.addObserver(logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, logged.append)
        self.limiter.hit(request_from(LOOPBACK, Host="127.0.0.1:3001"), None)
        self.assertEqual(logged, [])


class StorageTests(SynchronousTestCase):
    """A flood of addresses costs no memory."""

    def test_bounded(self) -> None:
        """The oldest are forgotten."""
        clock = Clock()
        storage = ClockStorage(clock)
        for index in range(MAX_KEYS + 10):
            storage.incr(str(index), 60)
        self.assertEqual((storage.get("0"), storage.get(str(MAX_KEYS))), (0, 1))
        self.assertEqual(storage.reset(), MAX_KEYS)

    def test_what_is_over_is_forgotten(self) -> None:
        """With the next key that comes."""
        clock = Clock()
        storage = ClockStorage(clock)
        for index in range(10):
            storage.incr(str(index), 60)
        clock.advance(61)
        storage.incr("new", 60)
        self.assertEqual(storage.reset(), 1)
