"""A Supabase project in memory, at a time of its own, and what asks it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from alie.supabase import SupabaseHttp
from tests.support.supabase_auth import SupabaseAuth

NOW = 1_800_000_000.0
CLINIC, OTHER_CLINIC = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
KEYS = ("GET", "/auth/v1/.well-known/jwks.json")
USER = ("GET", "/auth/v1/user")

T = TypeVar("T")


class ProjectCase(SynchronousTestCase):
    """A project with one user, Anne, physician of a clinic; and a record of the log."""

    algorithm = "ES256"

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)
        self.auth = SupabaseAuth(self.algorithm, now=self.clock.seconds)
        self.http = SupabaseHttp(self.clock, self.auth.url, self.auth.anon_key, agent=self.auth.agent)
        self.anne = self.auth.add(role="physician", clinic_id=CLINIC)
        self.said: list[Any] = []
        globalLogPublisher.addObserver(self.said.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.said.append)

    def begin(self, coroutine: Awaitable[T]) -> Deferred[T]:
        """Begins; the answer may be waited for."""
        return Deferred.fromCoroutine(coroutine)  # type: ignore[arg-type]

    def result(self, coroutine: Awaitable[T]) -> T:
        """The answer, which is there at once."""
        return self.successResultOf(self.begin(coroutine))

    def error(self, coroutine: Awaitable[Any]) -> str:
        """The name of the error, which is there at once."""
        return type(self.failureResultOf(self.begin(coroutine)).value).__name__

    def asked(self, what: tuple[str, str]) -> int:
        """How often the project was asked for it."""
        return self.auth.asked.count(what)

    def pass_time(self, seconds: float) -> None:
        """Second by second."""
        for _ in range(int(seconds)):
            self.clock.advance(1)
