"""Everything goes wrong on both legs, and the daemon is killed: nothing is lost to clients that resume, and plain ones
see the end. As `bench.chaos`, smaller; the plan is the same in every run: set ALIE_CHAOS_SEED for another."""

from __future__ import annotations

import os

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from bench.chaos.blows import BlowKind
from bench.chaos.report import render
from bench.chaos.run import Order, Run

SEED = 5
# Of the kinds of blows, on either leg: a plan is made for every kind, but some sessions end before theirs comes.
MOST_KINDS = 9


async def autobahn_is_done() -> None:
    """Its timers of sockets that are gone fire some seconds later, for nobody."""
    while any("_BatchedTimer" in call.func.__qualname__ for call in reactor.getDelayedCalls()):  # type: ignore[attr-defined]
        await deferLater(reactor, 0.1)


class ChaosTests(TestCase):
    """Forty sessions at once."""

    timeout = 150

    def test_every_second_is_accounted_for(self) -> Deferred[None]:
        """And no word is doubled, through a kill and a restart in good order."""

        async def check() -> None:
            seed = int(os.environ.get("ALIE_CHAOS_SEED", SEED))
            run = Run(reactor, Order(seed, sessions=44, at_once=44, kills=("KILL", "TERM")))
            self.addCleanup(autobahn_is_done)
            self.addCleanup(run.close)
            account = await run.perform()
            print(render(run.plan, account))
            self.assertEqual(account.found, (), f"ALIE_CHAOS_SEED={seed}")
            self.assertEqual(account.alie.unaccounted_s + account.plain.unaccounted_s, 0)
            self.assertEqual((account.alie.doubled, account.plain.doubled), (0, 0))
            self.assertEqual(account.alie.once, account.alie.words)
            self.assertEqual(account.kills, ("KILL", "TERM"))
            self.assertGreater(account.alie.resumed, 0)
            for struck in (account.on_clients, account.on_engines):
                self.assertGreaterEqual(len(struck), MOST_KINDS, struck)
                self.assertLessEqual(set(struck), {kind.name for kind in BlowKind})

        return Deferred.fromCoroutine(check())
