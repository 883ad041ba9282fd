"""A plan of faults: a pure value made from a seed."""

from __future__ import annotations

from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from bench.chaos.blows import AT_ACCEPT, BlowKind
from bench.chaos.plan import at_accept, make_plan

LENGTHS = [160_000] * 400


class PlanTests(SynchronousTestCase):
    """What is planned for whom."""

    def setUp(self) -> None:
        self.plan = make_plan(7, LENGTHS, ("KILL", "TERM", "KILL"))

    def test_the_same_seed(self) -> None:
        """The same plan; another seed, another one."""
        self.assertEqual(self.plan, make_plan(7, LENGTHS, ("KILL", "TERM", "KILL")))
        self.assertNotEqual(self.plan.parts, make_plan(8, LENGTHS, ("KILL", "TERM", "KILL")).parts)

    def test_everyone_is_struck(self) -> None:
        """On one leg at least."""
        for part in self.plan.parts:
            self.assertTrue(part.on_client or part.on_engine, part)

    def test_every_kind(self) -> None:
        """About as often as any other, on either leg of clients that resume."""
        alie = [part for part in self.plan.parts if not part.is_plain]
        for legs in ([part.on_client for part in alie], [part.on_engine for part in alie]):
            counts = Counter(blow.kind for one in legs for leg in one for blow in leg)
            self.assertLessEqual(max(counts.values()) - min(counts.values()), 1, counts)
        self.assertEqual({blow.kind for blow in self.plan.blows}, set(BlowKind))

    def test_plain_clients(self) -> None:
        """Have one socket, and nothing befalls it that its page could not see."""
        plain = [part for part in self.plan.parts if part.is_plain]
        self.assertGreater(len(plain), 50)
        for part in plain:
            self.assertLessEqual(len(part.on_client), 1)
            kinds = {blow.kind for leg in part.on_client for blow in leg}
            self.assertFalse(kinds & {BlowKind.REFUSED, BlowKind.DEAF_DOWN, BlowKind.BLACK_HOLE})

    def test_blows_strike_while_somebody_speaks(self) -> None:
        """All of a session's, with some audio left behind each."""
        for part in self.plan.parts:
            for legs in (part.on_client, part.on_engine):
                self.assertLess(sum(blow.after_bytes for leg in legs for blow in leg), 160_000)

    def test_kills(self) -> None:
        """At regular intervals."""
        kills = [(kill.after, kill.signal) for kill in self.plan.kills]
        self.assertEqual(kills, [(100, "KILL"), (200, "TERM"), (300, "KILL")])

    def test_at_accept(self) -> None:
        """One in eight of the daemon's connections, the same ones for the same seed."""
        dealt = [at_accept(7, serial) for serial in range(800)]
        self.assertEqual(dealt, [at_accept(7, serial) for serial in range(800)])
        struck = [blow for blows in dealt for blow in blows]
        self.assertIn(len(struck), range(75, 126))
        self.assertEqual({blow.kind for blow in struck}, set(AT_ACCEPT))
