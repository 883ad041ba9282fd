"""Tests of alie.auth.combined: one door for all tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from alie.auth.combined import CombinedAuthenticator
from alie.auth.ws_tokens import WsTokenBook
from alie.errors import AuthInvalid
from alie.principal import SUPABASE, Caller, Principal

NOW = 1_800_000_000.0
DOCTOR = Caller(Principal("7f1d9f0c-0000-4000-8000-00000000000a", SUPABASE, "the session", email="dr@clinic.test"))


class PrimaryAuthenticator:
    """Knows one token; its users end when the test says so."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.watched: list[tuple[Caller, Callable[[], None]]] = []

    async def verify(self, token: str) -> Caller:
        """The doctor's, or nobody's."""
        self.asked.append(token)
        if token != "the access token":
            raise AuthInvalid
        return DOCTOR

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """Kept for the test."""
        self.watched.append((caller, end))
        return self.watched.clear

    def problems(self) -> list[str]:
        """One."""
        return ["No keys could be fetched"]


class CombinedTests(SynchronousTestCase):
    """ws tokens are redeemed; everything else is the primary authenticator's."""

    def setUp(self) -> None:
        self.primary, self.book = PrimaryAuthenticator(), WsTokenBook(b"a secret of the operator", lambda: NOW)
        self.combined = CombinedAuthenticator(self.primary, self.book)

    def verify(self, token: str, combined: CombinedAuthenticator | None = None) -> Deferred[Caller]:
        """What becomes of a token."""
        return Deferred.fromCoroutine((combined or self.combined).verify(token))

    def test_ws_token(self) -> None:
        """Once; the primary authenticator does not see it."""
        token = self.book.issue(DOCTOR)
        self.assertEqual(self.successResultOf(self.verify(token)).principal, replace(DOCTOR.principal, email=None))
        self.failureResultOf(self.verify(token), AuthInvalid)
        self.assertEqual(self.primary.asked, [])

    def test_others(self) -> None:
        """Good or bad, as the primary authenticator says."""
        self.assertEqual(self.successResultOf(self.verify("the access token")), DOCTOR)
        self.failureResultOf(self.verify("a.b.c"), AuthInvalid)
        self.assertEqual(self.primary.asked, ["the access token", "a.b.c"])

    def test_without_ws_tokens(self) -> None:
        """Where none are given, one proves nothing."""
        self.failureResultOf(
            self.verify(self.book.issue(DOCTOR), CombinedAuthenticator(self.primary, None)), AuthInvalid
        )

    def test_watch(self) -> None:
        """Whoever came in by a ws token is watched by the grant it stands for."""
        caller = self.successResultOf(self.verify(self.book.issue(DOCTOR)))
        unwatch = self.combined.watch(caller, lambda: None)
        (watched, _), *_ = self.primary.watched
        self.assertEqual((watched.principal.way, watched.principal.grant_id), (SUPABASE, "the session"))
        unwatch()
        self.assertEqual(self.primary.watched, [])

    def test_problems(self) -> None:
        """Those of the primary authenticator."""
        self.assertEqual(self.combined.problems(), ["No keys could be fetched"])
