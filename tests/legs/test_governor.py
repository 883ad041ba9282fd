"""Who may open a leg now: below the quotas, in order, and with no seat lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from twisted.trial.unittest import SynchronousTestCase

from alie.legs.governor import LEAST_PER_S, SLOW_S, STEP_S, STEPS, Governor

PLENTY = 1000.0


class SeatTests(SynchronousTestCase):
    """At most so many at once."""

    def test_a_free_seat_is_granted_at_once(self) -> None:
        governor = Governor(2, PLENTY)
        self.assertEqual([governor.ask(ticket, 0.0) for ticket in "abc"], [True, True, False])
        self.assertEqual((governor.open, governor.queued, governor.most), (2, 1, 2))
        self.assertEqual(governor.grants(0.0), [])
        self.assertIsNone(governor.due_at(0.0))

    def test_who_waits_comes_in_the_order_of_asking(self) -> None:
        governor = Governor(2, PLENTY)
        for ticket in "abcde":
            governor.ask(ticket, 0.0)
        governor.give_back("b")
        self.assertEqual(governor.due_at(1.0), 1.0)
        self.assertEqual(governor.grants(1.0), ["c"])
        governor.give_back("a")
        governor.give_back("c")
        self.assertEqual(governor.grants(1.0), ["d", "e"])
        self.assertEqual((governor.open, governor.queued), (2, 0))

    def test_nobody_overtakes(self) -> None:
        """A seat that came free belongs to who waits, also before it is told."""
        governor = Governor(1, PLENTY)
        governor.ask("a", 0.0)
        governor.ask("b", 0.0)
        governor.give_back("a")
        self.assertFalse(governor.ask("c", 1.0))
        self.assertEqual(governor.grants(1.0), ["b"])

    def test_who_leaves_the_queue_takes_no_seat(self) -> None:
        governor = Governor(1, PLENTY)
        for ticket in "abc":
            governor.ask(ticket, 0.0)
        governor.give_back("b")
        governor.give_back("a")
        self.assertEqual(governor.grants(0.0), ["c"])

    def test_asking_and_giving_back_twice(self) -> None:
        """One ticket, one seat, one place in the queue."""
        governor = Governor(1, PLENTY)
        self.assertEqual([governor.ask("a", 0.0), governor.ask("a", 0.0)], [True, True])
        self.assertEqual([governor.ask(ticket, 0.0) for ticket in "bcb"], [False, False, False])
        self.assertEqual((governor.open, governor.queued), (1, 2))
        for ticket in ("a", "a", "unknown"):
            governor.give_back(ticket)
        self.assertEqual((governor.open, governor.grants(0.0)), (0, ["b"]))


class RateTests(SynchronousTestCase):
    """At most so many in a second."""

    def test_one_seconds_worth_at_once_and_the_rest_at_its_pace(self) -> None:
        for start in (0.0, 1e6 + 0.1):
            governor = Governor(100, 5.0)
            self.assertEqual([governor.ask(n, start) for n in range(7)], [True] * 5 + [False] * 2)
            due_at = governor.due_at(start)
            assert due_at is not None
            self.assertApproximates(due_at, start + 0.2, 1e-5)
            self.assertEqual((governor.grants(due_at - 1e-3), governor.grants(due_at)), ([], [5]))
            self.assertEqual(governor.grants(start + 0.4), [6])

    def test_a_rest_gives_the_burst_back_and_no_more(self) -> None:
        governor = Governor(100, 5.0)
        for n in range(5):
            governor.ask(n, 0.0)
        self.assertEqual([governor.ask(n, 100.0) for n in range(10, 17)], [True] * 5 + [False] * 2)

    def test_less_than_one_a_second(self) -> None:
        governor = Governor(100, 0.25)
        self.assertEqual([governor.ask(n, 0.0) for n in range(2)], [True, False])
        self.assertApproximates(governor.due_at(0.0) or 0.0, 4.0, 1e-4)
        self.assertEqual((governor.grants(3.9), governor.grants(4.0)), ([], [1]))

    @given(st.floats(0.1, 40), st.lists(st.floats(0, 3), max_size=80), st.floats(0, 1e7))
    @settings(deadline=None)
    def test_never_more_than_promised(self, per_s: float, gaps: list[float], now: float) -> None:
        """In any stretch of time: what the burst holds, and the rate for its length."""
        governor, opened = Governor(10**6, per_s), list[float]()
        for number, gap in enumerate(gaps):
            now += gap
            opened += [now] * governor.ask(number, now)
            opened += [now] * len(governor.grants(now))
        for first, start in enumerate(opened):
            for last in range(first, len(opened)):
                most = max(1.0, per_s) + per_s * (opened[last] - start) + 1e-3
                self.assertLessEqual(last - first + 1, most)


class SlowDownTests(SynchronousTestCase):
    """The vendor has refused a leg."""

    def full(self, most: int, per_s: float, taken: int) -> Governor:
        governor = Governor(most, per_s)
        for n in range(taken):
            governor.ask(n, -10.0 * taken + 10.0 * n)
        self.assertEqual(governor.open, taken)
        return governor

    def test_the_bounds_drop_below_what_was_refused(self) -> None:
        governor = self.full(20, 8.0, 12)
        governor.slow_down(0.0)
        governor.give_back(11)
        self.assertEqual((governor.most, governor.opens_per_s, governor.open), (11, 4.0, 11))
        self.assertFalse(governor.ask("a", 1.0))

    def test_nothing_is_left_of_the_burst(self) -> None:
        governor = self.full(20, 8.0, 12)
        governor.slow_down(0.0)
        for n in range(5):
            governor.give_back(n)
            governor.ask(f"new {n}", 0.0)
        self.assertEqual(governor.grants(0.0), [])
        self.assertApproximates(governor.due_at(0.0) or 0.0, 0.25, 1e-5)
        self.assertEqual([governor.grants(at) for at in (0.2, 0.25, 0.5)], [[], ["new 0"], ["new 1"]])

    def test_legs_refused_together_halve_the_rate_once(self) -> None:
        """But each was one too many."""
        governor = self.full(20, 8.0, 12)
        for n in (11, 10, 9):
            governor.slow_down(0.1 * n)
            governor.give_back(n)
        self.assertEqual((governor.most, governor.opens_per_s), (9, 4.0))
        governor.slow_down(5.0)
        self.assertEqual((governor.most, governor.opens_per_s), (8, 2.0))

    def test_when_all_are_refused_half_of_the_seats_are_left(self) -> None:
        """Or those who came too quickly together would then have to come one by one."""
        governor = self.full(20, 8.0, 12)
        for n in range(12):
            governor.slow_down(0.05 * n)
            governor.give_back(n)
        self.assertEqual((governor.most, governor.opens_per_s), (6, 4.0))

    def test_there_is_a_floor(self) -> None:
        for configured, floor in ((8.0, LEAST_PER_S), (0.2, 0.2)):
            governor = self.full(20, configured, 1)
            for n in range(20):
                governor.slow_down(2.0 * n)
            self.assertEqual((governor.most, governor.opens_per_s), (1, floor))
            governor.give_back(0)
            self.assertTrue(governor.ask("a", 50.0))

    def test_a_refusal_never_raises_a_bound(self) -> None:
        """More may be open than the bound that a refusal before it has left."""
        governor = self.full(20, 8.0, 12)
        for n in range(8):
            governor.give_back(n)
        governor.slow_down(0.0)
        self.assertEqual(governor.most, 3)
        governor.slow_down(3.0)
        self.assertEqual(governor.most, 3)

    def test_the_bounds_grow_back_step_by_step(self) -> None:
        """They stay low for a while first, and end where they were."""
        governor = self.full(20, 8.0, 5)
        governor.slow_down(0.0)
        seen = []
        for now in (SLOW_S - 0.1, SLOW_S, SLOW_S + STEP_S - 0.1, SLOW_S + STEP_S, SLOW_S + STEPS * STEP_S):
            governor.grants(now)
            seen.append((governor.most, round(governor.opens_per_s, 6)))
        self.assertEqual(seen, [(4, 4.0), (6, 4.8), (6, 4.8), (8, 5.6), (20, 8.0)])

    def test_another_refusal_on_the_way_back(self) -> None:
        """Everything from the start."""
        governor = self.full(20, 8.0, 5)
        governor.slow_down(0.0)
        governor.grants(SLOW_S)
        self.assertEqual(governor.most, 6)
        governor.slow_down(SLOW_S)
        governor.grants(2 * SLOW_S - 0.1)
        self.assertEqual((governor.most, governor.opens_per_s), (4, 2.4))

    def test_who_waits_for_the_bound_is_told_when(self) -> None:
        governor = self.full(2, 8.0, 2)
        governor.slow_down(0.0)
        governor.give_back(1)
        governor.ask("a", 1.0)
        self.assertEqual(governor.due_at(1.0), SLOW_S)
        self.assertEqual(governor.grants(SLOW_S), ["a"])
        governor.ask("b", SLOW_S)
        self.assertEqual(governor.due_at(SLOW_S), SLOW_S + STEP_S)


class GovernorMachine(RuleBasedStateMachine):
    """Any calls in any order, against a plain list of who waits and a set of who sits."""

    @initialize(most=st.integers(1, 4), per_s=st.sampled_from([0.2, 0.7, 1.0, 3.0, 25.0]))
    def begin(self, most: int, per_s: float) -> None:
        """Any bounds."""
        self.governor = Governor(most, per_s)
        self.most, self.per_s = most, per_s
        self.now = 1000.0
        self.seated: set[object] = set()
        self.waiting: list[object] = []

    @rule(ticket=st.integers(0, 9))
    def ask(self, ticket: int) -> None:
        """Also for a seat that is held, or queued for."""
        is_granted = self.governor.ask(ticket, self.now)
        if ticket in self.seated:
            assert is_granted
        elif is_granted:
            assert not self.waiting
            self.sit(ticket)
        elif ticket not in self.waiting:
            self.waiting.append(ticket)

    @rule(ticket=st.integers(0, 9))
    def give_back(self, ticket: int) -> None:
        """Also what was never had."""
        self.governor.give_back(ticket)
        self.seated.discard(ticket)
        if ticket in self.waiting:
            self.waiting.remove(ticket)

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.3, 1.0, 7.0, 31.0, 500.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds

    @rule()
    def grants(self) -> None:
        """Those who came first, and all that may."""
        for ticket in self.governor.grants(self.now):
            assert ticket == self.waiting.pop(0)
            self.sit(ticket)
        due_at = self.governor.due_at(self.now)
        assert due_at is None or due_at > self.now
        assert due_at is None or self.waiting

    @rule()
    def sleep_until_due(self) -> None:
        """Nothing may be granted before, and whoever waits for time alone is waited for."""
        self.grants()
        due_at = self.governor.due_at(self.now)
        if due_at is None:
            assert not self.waiting or len(self.seated) >= self.governor.most
            return
        assert self.governor.grants((self.now + due_at) / 2) == []
        self.now = due_at
        self.grants()

    @rule(is_likely=st.integers(0, 3))
    def slow_down(self, is_likely: int) -> None:
        """The vendor refuses, now and then, whatever is open."""
        if not is_likely:
            before = self.governor.most
            self.governor.slow_down(self.now)
            assert self.governor.most <= max(before, self.most)

    def sit(self, ticket: object) -> None:
        """A seat is taken: there was one."""
        self.seated.add(ticket)
        assert len(self.seated) <= self.governor.most

    @invariant()
    def counts(self) -> None:
        """They agree with the model, and the bounds with what was configured."""
        assert (self.governor.open, self.governor.queued) == (len(self.seated), len(self.waiting))
        assert 1 <= self.governor.most <= self.most
        assert min(LEAST_PER_S, self.per_s) <= self.governor.opens_per_s <= self.per_s

    def teardown(self) -> None:
        """No seat was lost and nobody starves: all who wait are let in, in their order, within the time it takes."""
        if not hasattr(self, "governor"):
            return
        limit = self.now + SLOW_S + STEPS * STEP_S + 11 * (1 / min(LEAST_PER_S, self.per_s))
        for ticket in sorted(self.seated, key=str):
            self.give_back(ticket)
        while self.waiting:
            self.sleep_until_due()
            for ticket in sorted(self.seated, key=str):
                self.give_back(ticket)
            assert self.now < limit
        self.now = limit
        self.grants()
        assert (self.governor.most, self.governor.opens_per_s) == (self.most, self.per_s)
        assert [self.governor.ask(f"last {n}", limit + n / self.per_s) for n in range(self.most)] == [True] * self.most


class MachineTests(SynchronousTestCase):
    """Many days at the door, none like another."""

    def test_any_order_of_calls(self) -> None:
        """All that GovernorMachine asserts."""
        run_state_machine_as_test(GovernorMachine, settings=settings(max_examples=60, deadline=None))
