"""Tests of alie.auth.access_keys: who is let in by a key, what is remembered of it, and when it ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from alie.auth.access_key import AccessKey, mint
from alie.auth.access_keys import CACHE_S, CACHE_SIZE, CHECK_S, AccessKeyAuthenticator
from alie.errors import AlieError, AuthInvalid, AuthServiceError, DatabaseUnavailable
from alie.principal import KEY, LOCAL, SUPABASE, Caller, Principal

OWED_S = 60


class MemoryKeys:
    """Keys in memory, which answer at once unless they are held up."""

    def __init__(self) -> None:
        self.good: dict[AccessKey, Principal] = {}
        self.checks: list[str] = []
        self.looks: list[set[str]] = []
        self.failure: AlieError | None = None
        self.held: Deferred[None] | None = None

    async def check(self, key_id: str, digest: str) -> Principal | None:
        self.checks.append(key_id)
        if self.failure is not None:
            raise self.failure
        return self.good.get(AccessKey(key_id, digest))

    async def standing(self, key_ids: Iterable[str]) -> dict[str, Principal]:
        self.looks.append(set(key_ids))
        if self.held is not None:
            await self.held
        if self.failure is not None:
            raise self.failure
        return {key.key_id: principal for key, principal in self.good.items() if key.key_id in self.looks[-1]}


class AuthenticatorCase(SynchronousTestCase):
    """Keys in memory and a clock."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.keys = MemoryKeys()
        self.authenticator = AccessKeyAuthenticator(self.clock, self.keys)

    def issue(self) -> tuple[str, AccessKey]:
        """A key that is good."""
        text, kept = mint()
        self.keys.good[kept] = Principal(f"user of {kept.key_id}", KEY, kept.key_id, "north", "physician")
        return text, kept

    def verify(self, text: str) -> Caller:
        """Who it proves."""
        return self.successResultOf(Deferred.fromCoroutine(self.authenticator.verify(text)))

    def refused(self, text: str, kind: type[AlieError] = AuthInvalid) -> AlieError:
        """It proves nobody."""
        failure = self.failureResultOf(Deferred.fromCoroutine(self.authenticator.verify(text)), kind)
        assert isinstance(failure.value, kind)
        return failure.value


class VerifyTests(AuthenticatorCase):
    """Who is let in."""

    def test_a_good_key(self) -> None:
        """The key itself is not kept with the caller."""
        text, kept = self.issue()
        self.assertEqual(self.verify(text), Caller(self.keys.good[kept]))

    def test_what_proves_nobody(self) -> None:
        """An unknown key is asked about; what is no key is not."""
        text = self.issue()[0]
        wrong_secret = f"{text[: text.rindex('_')]}_{mint()[0].split('_')[2]}"
        for other in (mint()[0], wrong_secret):
            self.refused(other)
        self.assertEqual(len(self.keys.checks), 2)
        for other in ("", "alie", text.upper(), "eyJ.e30.c2ln"):
            self.refused(other)
        self.assertEqual(len(self.keys.checks), 2)

    def test_a_good_one_is_remembered_for_seconds(self) -> None:
        text = self.issue()[0]
        self.verify(text)
        self.keys.good.clear()
        self.clock.advance(CACHE_S - 0.1)
        self.verify(text)
        self.assertEqual(len(self.keys.checks), 1)
        self.clock.advance(0.1)
        self.refused(text)

    def test_a_bad_one_is_not(self) -> None:
        """A key that is issued a moment later is good at once."""
        text, kept = mint()
        self.refused(text)
        self.keys.good[kept] = Principal("u", KEY, kept.key_id)
        self.verify(text)

    def test_what_is_remembered_is_bounded(self) -> None:
        """The oldest goes first."""
        texts = [self.issue()[0] for _ in range(CACHE_SIZE + 1)]
        for text in texts:
            self.verify(text)
        self.verify(texts[1])
        self.assertEqual(len(self.keys.checks), CACHE_SIZE + 1)
        self.verify(texts[0])
        self.assertEqual(len(self.keys.checks), CACHE_SIZE + 2)

    def test_the_database_does_not_answer(self) -> None:
        """It cannot be told; that is a problem until it answers again, and is logged once, without the key."""
        text = self.issue()[0]
        logged: list[LogEvent] = []
        globalLogPublisher.addObserver(logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, logged.append)
        self.keys.failure = DatabaseUnavailable()
        for _ in range(2):
            self.refused(text, AuthServiceError)
        self.assertEqual(self.authenticator.problems(), ["The database of the access keys does not answer"])
        self.keys.failure = None
        self.verify(text)
        self.assertEqual(self.authenticator.problems(), [])
        said = [event for event in logged if event["log_namespace"].startswith("alie.")]
        self.assertEqual([event["code"] for event in said], ["DATABASE_UNAVAILABLE"])
        self.assertNotIn(text.split("_")[2], repr(said))


class WatchTests(AuthenticatorCase):
    """Whose access ends while they speak."""

    def setUp(self) -> None:
        super().setUp()
        self.ended: list[Any] = []

    def watch(self, principal: Principal, name: Any = "ended") -> Any:
        """Watches; the name is noted when it ends."""
        return self.authenticator.watch(Caller(principal), lambda: self.ended.append(name))

    def test_each_change_ends_it_in_time(self) -> None:
        """Revoked, or another user, clinic or role: however late it happens, and by a key that is remembered still."""
        for change in ({}, {"user_id": "another"}, {"clinic_id": "south"}, {"role": "staff"}, {"role": None}):
            for late_s in (0.0, 1.0, CHECK_S - 0.1, CHECK_S, 10 * CHECK_S + 7):
                text, kept = self.issue()
                self.watch(self.verify(text).principal, kept.key_id)
                self.clock.advance(0)
                self.clock.advance(late_s)
                before = self.keys.good.pop(kept)
                if change:
                    self.keys.good[kept] = replace(before, **change)
                self.assertNotIn(kept.key_id, self.ended)
                self.clock.pump([1.0] * (OWED_S // 2))
                self.assertEqual(self.ended.count(kept.key_id), 1, (change, late_s))
                self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_what_has_ended_is_not_remembered(self) -> None:
        text, kept = self.issue()
        self.watch(self.verify(text).principal)
        del self.keys.good[kept]
        self.clock.advance(0)
        self.assertEqual(self.ended, ["ended"])
        self.refused(text)

    def test_an_old_ticket_ends_at_once(self) -> None:
        """Its key may have been revoked hours ago."""
        self.watch(Principal("u", KEY, "aaaaaaaa"))
        self.clock.advance(0)
        self.assertEqual(self.ended, ["ended"])

    def test_those_who_may_stay(self) -> None:
        """Are asked about all together, at intervals, and only while there are any."""
        principals = [self.verify(self.issue()[0]).principal for _ in range(3)]
        stops = [self.watch(principal) for principal in principals]
        self.clock.advance(0)
        self.clock.advance(CHECK_S)
        self.assertEqual(self.keys.looks, [{one.grant_id for one in principals}] * 2)
        for stop in stops:
            stop()
            stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.clock.advance(10 * CHECK_S)
        self.assertEqual((len(self.keys.looks), self.ended), (2, []))

    def test_two_sessions_of_one_key(self) -> None:
        """Both end, each once; one that has left does not hear of it."""
        text, kept = self.issue()
        principal = self.verify(text).principal
        self.watch(principal, "first")
        self.watch(principal, "second")
        self.watch(principal, "left")()
        self.clock.advance(0)
        del self.keys.good[kept]
        self.clock.advance(CHECK_S)
        self.clock.advance(CHECK_S)
        self.assertEqual(sorted(self.ended), ["first", "second"])

    def test_who_comes_during_a_look(self) -> None:
        """Is looked at right after it."""
        first, second = (self.verify(self.issue()[0]).principal for _ in range(2))
        self.keys.held = Deferred()
        self.watch(first)
        self.clock.advance(0)
        self.watch(second)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        held, self.keys.held = self.keys.held, None
        held.callback(None)
        self.clock.advance(0)
        self.assertEqual(self.keys.looks, [{first.grant_id}, {first.grant_id, second.grant_id}])

    def test_who_leaves_during_a_look(self) -> None:
        """Hears of nothing, and nothing is planned for nobody."""
        text, kept = self.issue()
        self.keys.held = held = Deferred()
        stop = self.watch(self.verify(text).principal)
        self.clock.advance(0)
        stop()
        del self.keys.good[kept]
        held.callback(None)
        self.assertEqual((self.ended, self.clock.getDelayedCalls()), ([], []))

    def test_the_database_does_not_answer(self) -> None:
        """Nobody is cut off; it is asked again."""
        text, kept = self.issue()
        self.watch(self.verify(text).principal)
        self.keys.failure = DatabaseUnavailable()
        self.clock.advance(0)
        self.assertEqual((self.ended, len(self.authenticator.problems())), ([], 1))
        self.keys.failure = None
        del self.keys.good[kept]
        self.clock.advance(CHECK_S)
        self.assertEqual((self.ended, self.authenticator.problems()), (["ended"], []))

    def test_one_that_does_not_end_well(self) -> None:
        """Keeps no other from ending."""
        for number in range(2):
            text = self.issue()[0]
            self.authenticator.watch(self.verify(text), lambda: [].pop())
            self.watch(self.verify(text).principal, number)
        self.keys.good.clear()
        self.clock.advance(0)
        self.assertEqual(self.ended, [0, 1])
        self.assertEqual(len(self.flushLoggedErrors(IndexError)), 2)

    def test_those_who_have_no_key(self) -> None:
        """Are nobody's business here."""
        for way in (LOCAL, SUPABASE):
            self.watch(Principal("u", way, "aaaaaaaa"))()
        self.assertEqual(self.clock.getDelayedCalls(), [])
