"""The numbers must fit together, whatever each is."""

from __future__ import annotations

from dataclasses import astuple

from twisted.trial.unittest import SynchronousTestCase

from alie.legs.policy import LegPolicy
from alie.limits import Limits

# What Amazon Transcribe does, and what clients are promised.
STARVES_AFTER_S = 15.0
LARGEST_FRAME_S = 1.0
BILLED_AT_LEAST_S = 15.0
TOLD_WITHIN_S = 5.0


class PolicyTests(SynchronousTestCase):
    """Relations that must hold."""

    def setUp(self) -> None:
        self.policy = LegPolicy()

    def assertRising(self, *values: float) -> None:
        self.assertEqual(list(values), sorted(set(values)))

    def test_all_are_durations(self) -> None:
        self.assertTrue(all(value > 0 for value in astuple(self.policy)))

    def test_frames(self) -> None:
        """Room between joining and splitting, and never as large as the vendor refuses."""
        policy = self.policy
        self.assertRising(0, policy.shortest_frame_s * 2, policy.longest_frame_s, LARGEST_FRAME_S)
        self.assertRising(0, policy.silence_step_s, LARGEST_FRAME_S)

    def test_a_leg_never_starves(self) -> None:
        """Silence begins, and goes on, long before; it begins before the leg is parked."""
        policy = self.policy
        self.assertRising(0, policy.silence_after_s + policy.silence_step_s, STARVES_AFTER_S / 2)
        self.assertRising(0, policy.silence_after_s, policy.park_after_s)
        self.assertGreaterEqual(policy.park_after_s, BILLED_AT_LEAST_S)

    def test_the_client_is_slowed_before_it_is_too_much(self) -> None:
        """And gets going again; what a leg may get at once is less than what makes it wait."""
        policy = self.policy
        self.assertRising(policy.lead_s, policy.ahead_low_s, policy.ahead_s)

    def test_what_is_kept_is_longer_than_what_the_watchdog_needs(self) -> None:
        """Speech that a dead leg heard must still be there when it is found dead."""
        policy = self.policy
        self.assertRising(policy.speech_s, policy.silent_s, policy.kept_s, policy.open_segment_s)

    def test_trouble_is_told_in_time(self) -> None:
        self.assertRising(0, self.policy.open_within_s, TOLD_WITHIN_S)
        self.assertRising(0, self.policy.silent_s, TOLD_WITHIN_S)

    def test_trouble_has_time_for_a_second_try_before_another_engine_takes_over(self) -> None:
        """And for that before all is given up; a wait for a seat is no trouble, it ends sooner."""
        policy = self.policy
        self.assertRising(policy.open_within_s, policy.fail_over_after_s, policy.give_up_s)
        self.assertRising(0, policy.spill_after_s, policy.fail_over_after_s)
        self.assertRising(0, policy.retry_fallback_s, policy.give_up_s)

    def test_a_flush_is_answered_by_silence_before_it_costs_the_leg(self) -> None:
        """There must be time for the silence to be fed and heard."""
        policy = self.policy
        self.assertRising(policy.silence_step_s, policy.settle_s, policy.settle_within_s)

    def test_a_pause_comes_before_the_longest_stream_ends(self) -> None:
        """Even if a segment stays open for as long as one may: then comes the end by force, which takes its time."""
        policy = self.policy
        self.assertRising(policy.end_within_s, policy.roll_over_s / 10)
        self.assertRising(policy.return_after_s, policy.open_segment_s, policy.roll_over_s)

    def test_a_session_waits_longer_than_its_legs_are_tried(self) -> None:
        """Else one that has been stopped would give up words that are kept."""
        self.assertRising(self.policy.give_up_s, Limits().finish_s)
