"""Tests of alie.cli.drill.kinds: which leg fails, how and when."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.drill.kinds import FAIL_OVER_AFTER_S, KINDS, LONG_OUTAGE, Director
from alie.simulator.faults import FaultKind, LegFault, Occasion


def opening(leg_number: int) -> Occasion:
    return Occasion(0, "s-1", leg_number, "websocket")


def heard(speaker: int, speaker_leg: int) -> Occasion:
    return Occasion(0, "s-1", speaker_leg, "websocket", speaker, speaker_leg)


def kind_of(fault: LegFault | None) -> FaultKind | None:
    return None if fault is None else fault.kind


class KindTests(SynchronousTestCase):
    """What can be exercised."""

    def test_every_fault_of_the_simulator_has_a_name(self) -> None:
        self.assertEqual({kind.kind for kind in KINDS.values()}, set(FaultKind))
        self.assertEqual(len(KINDS), len(FaultKind))

    def test_the_sentence_tells_how_long(self) -> None:
        self.assertEqual(KINDS["slow-read"].sentence, "Amazon reads nothing for 2 s")

    def test_a_fault_is_the_same_for_the_same_seed_only(self) -> None:
        kind = KINDS["reset"]
        self.assertEqual(kind.fault(1, 7), kind.fault(1, 7))
        self.assertEqual(len({kind.fault(seed, speaker).at_s for seed in (1, 2) for speaker in (7, 8)}), 4)

    def test_it_strikes_while_there_is_something_to_say(self) -> None:
        for kind in KINDS.values():
            for speaker in range(50):
                self.assertTrue(0.8 <= kind.fault(0, speaker).at_s <= 2.8)
        self.assertGreater(LONG_OUTAGE.fault(0, 1).for_s, FAIL_OVER_AFTER_S)


class DirectorTests(SynchronousTestCase):
    """The first leg of a session fails, and only that."""

    def setUp(self) -> None:
        self.director = Director()

    def test_before_the_first_round_nothing_fails(self) -> None:
        self.assertEqual((self.director(opening(0)), self.director(heard(1, 0))), (None, None))

    def test_openings(self) -> None:
        self.director.begin(KINDS["credentials"], 0, [1, 2])
        self.assertEqual(kind_of(self.director(opening(0))), FaultKind.EXPIRED_CREDENTIALS)
        self.assertEqual((self.director(opening(1)), self.director(heard(1, 0))), (None, None))

    def test_midstream(self) -> None:
        self.director.begin(KINDS["reset"], 0, [1, 2])
        self.assertEqual(self.director(heard(2, 0)), KINDS["reset"].fault(0, 2))
        self.assertEqual((self.director(opening(0)), self.director(heard(2, 1))), (None, None))
        self.director.begin(KINDS["reset"], 0, [3, 4])
        self.assertEqual((self.director(heard(2, 0)), kind_of(self.director(heard(4, 0)))), (None, FaultKind.RESET))

    def test_an_outage_begins_once(self) -> None:
        self.director.begin(KINDS["outage"], 0, [1, 2])
        self.assertEqual([kind_of(self.director(heard(one, 0))) for one in (1, 2)], [FaultKind.OUTAGE, None])
