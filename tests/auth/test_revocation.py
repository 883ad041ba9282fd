"""Tests of alie.auth.revocation: each grant is looked at in time, no more often than needed, few at once."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.auth.revocation import INTERVAL_S, MAX_UNDER_WAY, Judge, Revocation
from alie.errors import AuthServiceError
from alie.principal import SUPABASE, Principal


def who(grant_id: str, role: str = "physician") -> Principal:
    """A principal of that grant."""
    return Principal("7f1d9f0c-0000-4000-8000-00000000000a", SUPABASE, grant_id, role=role)


class Case(SynchronousTestCase):
    """Looks that are answered when the test says so."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.looks: list[tuple[str, Deferred[Judge]]] = []
        self.revocation = Revocation(self.clock, self.look)
        self.ended: list[str] = []

    async def look(self, grant_id: str) -> Judge:
        """Waits for the test."""
        answer: Deferred[Judge] = Deferred()
        self.looks.append((grant_id, answer))
        return await answer

    def watch(self, grant_id: str, name: str = "", role: str = "physician"):  # type: ignore[no-untyped-def]
        """Takes down who was ended."""
        return self.revocation.watch(who(grant_id, role), lambda: self.ended.append(name or grant_id))

    def answer(self, is_gone: bool = False) -> None:
        """Answers the oldest look."""
        self.looks.pop(0)[1].callback(lambda principal: is_gone)


class ScheduleTests(Case):
    """When grants are looked at."""

    def test_nobody(self) -> None:
        """No timer runs."""
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_interval(self) -> None:
        """From the beginning of the watch, and then from each answer."""
        self.watch("a")
        self.clock.advance(INTERVAL_S - 1)
        self.assertEqual(self.looks, [])
        self.clock.advance(1)
        self.assertEqual([grant_id for grant_id, _ in self.looks], ["a"])
        self.clock.advance(5)
        self.answer()
        self.clock.advance(INTERVAL_S - 1)
        self.assertEqual(self.looks, [])
        self.clock.advance(1)
        self.assertEqual(len(self.looks), 1)

    def test_within_a_minute(self) -> None:
        """Also where each answer takes as long as it may, and the last one came just too early."""
        slowest_s = 10 + 3
        self.assertLessEqual(slowest_s + INTERVAL_S + slowest_s, 60)

    def test_one_for_all_sockets_of_a_grant(self) -> None:
        """However many there are."""
        for _ in range(10):
            self.watch("a")
        self.clock.advance(INTERVAL_S)
        self.assertEqual(len(self.looks), 1)

    def test_spread(self) -> None:
        """As they came."""
        self.watch("a")
        self.clock.advance(10)
        self.watch("b")
        self.clock.advance(INTERVAL_S - 10)
        self.assertEqual([grant_id for grant_id, _ in self.looks], ["a"])
        self.clock.advance(10)
        self.assertEqual([grant_id for grant_id, _ in self.looks], ["a", "b"])

    def test_few_at_once(self) -> None:
        """The others have their turn as soon as one is answered."""
        for number in range(MAX_UNDER_WAY + 3):
            self.watch(str(number))
        self.clock.advance(INTERVAL_S)
        self.assertEqual(len(self.looks), MAX_UNDER_WAY)
        self.answer()
        self.clock.advance(0)
        self.assertEqual(len(self.looks), MAX_UNDER_WAY)
        self.assertEqual(self.looks[-1][0], str(MAX_UNDER_WAY))

    def test_one_timer(self) -> None:
        """For all, and none once nobody is watched."""
        stops = [self.watch(str(number)) for number in range(100)]
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        for stop in stops:
            stop()
            stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_again_and_again(self) -> None:
        """Sockets that open and close leave nothing behind, and do not put a look off."""
        self.watch("a")
        for _ in range(INTERVAL_S):
            self.watch("a")()
            self.watch("b")()
            self.clock.advance(1)
        self.assertEqual([grant_id for grant_id, _ in self.looks], ["a"])

    def test_gone_while_it_is_looked_at(self) -> None:
        """Nothing follows."""
        stop = self.watch("a")
        self.clock.advance(INTERVAL_S)
        stop()
        self.answer(is_gone=True)
        self.assertEqual((self.ended, self.clock.getDelayedCalls()), ([], []))

    def test_back_while_it_is_looked_at(self) -> None:
        """One look at a grant at a time."""
        stop = self.watch("a")
        self.clock.advance(INTERVAL_S)
        stop()
        self.watch("a")
        self.clock.advance(INTERVAL_S)
        self.assertEqual(len(self.looks), 1)
        self.answer()
        self.clock.advance(INTERVAL_S)
        self.assertEqual(len(self.looks), 1)


class EndTests(Case):
    """Who is ended."""

    def test_all_of_a_grant(self) -> None:
        """Each once; others go on."""
        self.watch("a", "first")
        self.watch("a", "second")
        self.watch("b")
        self.clock.advance(INTERVAL_S)
        self.answer(is_gone=True)
        self.answer()
        self.assertEqual(self.ended, ["first", "second"])
        self.clock.advance(INTERVAL_S)
        self.assertEqual([grant_id for grant_id, _ in self.looks], ["b"])

    def test_those_who_lost(self) -> None:
        """Each is judged by what it was granted."""
        self.watch("a", "owner", "owner")
        self.watch("a", "staff", "staff")
        self.clock.advance(INTERVAL_S)
        self.looks.pop()[1].callback(lambda principal: principal.role == "owner")
        self.assertEqual(self.ended, ["owner"])
        self.clock.advance(INTERVAL_S)
        self.assertEqual(len(self.looks), 1)

    def test_unknown(self) -> None:
        """Nobody is ended for an answer that did not come; it is asked again."""
        self.watch("a")
        for error in (AuthServiceError(), RuntimeError("with a token in it")):
            self.clock.advance(INTERVAL_S)
            self.looks.pop()[1].errback(error)
        self.assertEqual(self.ended, [])
        self.clock.advance(INTERVAL_S)
        self.answer(is_gone=True)
        self.assertEqual(self.ended, ["a"])

    def test_one_that_does_not_end(self) -> None:
        """Saves nobody else."""

        def refuse() -> None:
            raise RuntimeError

        self.revocation.watch(who("a"), refuse)
        self.watch("a", "second")
        self.clock.advance(INTERVAL_S)
        self.answer(is_gone=True)
        self.assertEqual(self.ended, ["second"])

    def test_an_end_that_stops_another(self) -> None:
        """That one is not ended as well."""
        stops = []
        self.revocation.watch(who("a"), lambda: stops[0]())
        stops.append(self.watch("a", "second"))
        self.clock.advance(INTERVAL_S)
        self.answer(is_gone=True)
        self.assertEqual((self.ended, self.clock.getDelayedCalls()), ([], []))
