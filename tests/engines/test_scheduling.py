"""Which job goes first."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.scheduling import EARLY_S, Kind, Ticket, choose

NOW_S = 100.0


def ticket(kind: Kind, due_s: float = NOW_S, number: int = 1) -> Ticket:
    return Ticket(kind, due_s, number)


class OrderTests(SynchronousTestCase):
    """Among jobs that may run, the most urgent is chosen."""

    def assertChosen(self, expected: Ticket | None, queued: list[Ticket], running: list[Ticket] | None = None) -> None:
        self.assertEqual(choose(queued, running or [], NOW_S, workers=2), expected)
        self.assertEqual(choose(reversed(queued), running or [], NOW_S, workers=2), expected)

    def test_nothing(self) -> None:
        """Without jobs there is nothing to choose."""
        self.assertChosen(None, [])

    def test_kinds(self) -> None:
        """Listening goes before finals, finals before first partials, those before others."""
        jobs = [ticket(kind) for kind in Kind]
        for first, kind in enumerate(Kind):
            self.assertChosen(ticket(kind), jobs[first:])

    def test_oldest_first(self) -> None:
        """Of one kind the oldest deadline goes first."""
        old, new = ticket(Kind.FINAL, NOW_S - 2, 2), ticket(Kind.FINAL, NOW_S - 1, 1)
        self.assertChosen(old, [new, old])

    def test_submission_breaks_ties(self) -> None:
        """Of one kind and deadline the one that came first goes first."""
        first, second = ticket(Kind.FINAL, number=1), ticket(Kind.FINAL, number=2)
        self.assertChosen(first, [second, first])

    def test_live_before_early(self) -> None:
        """A live partial goes before a final of audio sent ahead of time."""
        early, live = ticket(Kind.FINAL, NOW_S + EARLY_S + 1), ticket(Kind.PARTIAL)
        self.assertChosen(live, [early, live])


class RoomTests(SynchronousTestCase):
    """Jobs wait for room of their own sort."""

    def test_long_jobs_fill_the_workers(self) -> None:
        """No more long jobs run than there are workers."""
        job = ticket(Kind.FINAL)
        self.assertEqual(choose([job], [ticket(Kind.PARTIAL)], NOW_S, workers=2), job)
        self.assertIsNone(choose([job], [ticket(Kind.PARTIAL)] * 2, NOW_S, workers=2))

    def test_listening_has_its_own_thread(self) -> None:
        """Listening does not wait for long jobs, only for other listening."""
        job = ticket(Kind.LISTEN)
        self.assertEqual(choose([job], [ticket(Kind.FINAL)] * 2, NOW_S, workers=2), job)
        self.assertIsNone(choose([job], [ticket(Kind.LISTEN)], NOW_S, workers=2))

    def test_listening_takes_no_worker(self) -> None:
        """Long jobs do not wait for listening."""
        job = ticket(Kind.PARTIAL)
        self.assertEqual(choose([job], [ticket(Kind.LISTEN), ticket(Kind.FINAL)], NOW_S, workers=2), job)

    def test_early_jobs_leave_a_worker(self) -> None:
        """Audio sent ahead of time never holds the last of several workers."""
        early = ticket(Kind.FINAL, NOW_S + 10)
        self.assertIsNone(choose([early], [ticket(Kind.FINAL, NOW_S + 20)], NOW_S, workers=2))
        self.assertEqual(choose([early], [ticket(Kind.FINAL)], NOW_S, workers=2), early)

    def test_early_jobs_use_the_only_worker(self) -> None:
        """With one worker they take it when nobody else wants it."""
        early, live = ticket(Kind.FINAL, NOW_S + 10), ticket(Kind.PARTIAL)
        self.assertEqual(choose([early], [], NOW_S, workers=1), early)
        self.assertEqual(choose([early, live], [], NOW_S, workers=1), live)
