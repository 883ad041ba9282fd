"""Whole sessions on legs that fail at random: every word once, in order, at its time; every segment ends once."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.errors import AlieError
from alie.faults import Fault, StreamFailed
from alie.legs.orders import FALLBACK
from alie.legs.policy import LegPolicy
from alie.legs.succession import Choice
from alie.speech import Traits
from tests.legs.recogniser import AMAZON, BLOCK_S, BLOCK_SAMPLES, World

BOTH = (Choice("amazon", AMAZON), Choice("embedded", Traits()))
RANDOM_FAULTS = [
    Fault.STARVED,
    Fault.OVERSIZE,
    Fault.LIMIT,
    Fault.CONFLICT,
    Fault.SERVICE,
    Fault.CREDENTIALS,
    Fault.CLOSED,
    Fault.CONNECTION,
    Fault.SILENT,
]


def flaky(seed: int, share: float) -> World:
    """A session whose legs fail with that share, each at its own moment."""
    chance = random.Random(seed)

    def plan(number: int) -> tuple[Fault | None, float]:
        if number > 5 or chance.random() > share:
            return None, 0.0
        return chance.choice(RANDOM_FAULTS), chance.uniform(0.01, 4.0)

    return World(
        4, plan, opens=lambda number, engine: chance.uniform(0.0, 1.5), engines=BOTH[: 1 + seed % 2], seed=seed
    )


class RandomFaultTests(SynchronousTestCase):
    """Whatever fails and whenever."""

    def check(self, world: World) -> None:
        """What must hold at the end of any session."""
        self.assertEqual(world.final_words, world.expected_words)
        self.assertEqual(world.told.count("TellFinished"), 1)
        self.assertEqual(world.heard_blocks, set(range(len(world.pcm) // 2 // BLOCK_SAMPLES)))
        finals = [result.segment_id for result in world.results if result.is_final]
        self.assertEqual(len(finals), len(set(finals)))
        self.assertLessEqual({result.segment_id for result in world.results}, set(finals))
        spoken = {word.text: word for word in world.words}
        for result in world.results:
            for word in result.words:
                self.assertApproximates(word.start_s, spoken[word.text].first * BLOCK_S, 0.16)
                self.assertApproximates(word.end_s, (spoken[word.text].last + 1) * BLOCK_S, 0.16)

    def test_many_sessions(self) -> None:
        faults = set()
        for seed in range(60):
            world = flaky(seed, 0.7)
            world.speak(frame_s=random.Random(seed).choice([0.02, 0.1, 0.256, 0.7]))
            world.finish()
            self.check(world)
            faults |= {note.fault for note in world.notes}
        self.assertEqual(faults, set(RANDOM_FAULTS))

    @settings(max_examples=20, deadline=None)
    @given(st.data())
    def test_pauses_flushes_and_bursts(self, data: st.DataObject) -> None:
        world = flaky(data.draw(st.integers(0, 10**6)), data.draw(st.sampled_from([0.0, 0.3, 0.8])))
        length_s, at = len(world.pcm) / 32000, 0.0
        while at < length_s:
            step = data.draw(st.sampled_from([0.4, 1.3, 3.0]))
            world.speak(frame_s=data.draw(st.sampled_from([0.03, 0.256])), start_s=at, until_s=at + step)
            at += step
            match data.draw(st.sampled_from(["on", "on", "pause", "flush", "park"])):
                case "pause":
                    world.run(data.draw(st.sampled_from([0.5, 2.0, 6.0])))
                case "park":
                    world.run(25.0)
                case "flush":
                    world.perform(world.supervision.flush(world.now))
                    world.run(data.draw(st.sampled_from([0.0, 8.0])))
        world.finish()
        self.check_loosely(world)

    def check_loosely(self, world: World) -> None:
        """A pause within a word or a segment may end it, but nothing is lost, doubled or out of order."""
        self.assertEqual(world.told.count("TellFinished"), 1)
        self.assertEqual(world.heard_blocks, set(range(len(world.pcm) // 2 // BLOCK_SAMPLES)))
        words = world.final_words
        self.assertEqual(words, list(dict.fromkeys(words)))
        self.assertEqual(words, [word for word in world.expected_words if word in set(words)])


class FailoverRunTests(SynchronousTestCase):
    """Amazon goes away in mid-sentence and comes back."""

    def test_words_go_on_and_come_home(self) -> None:
        away = {1, 2, 3, 4, 5, 6}

        def plan(number: int) -> tuple[Fault | None, float]:
            return (Fault.CONNECTION, 1.5) if number == 0 else (None, 0.0)

        def opens(number: int, engine: int) -> float | AlieError:
            return StreamFailed(Fault.CONNECTION) if number in away and engine == 0 else 0.1

        world = World(9, plan, opens, engines=BOTH, policy=LegPolicy(stay_s=2.0))
        world.speak(until_s=14.0)
        self.assertEqual(world.statuses[-1][1], "failed_over")
        world.supervision.course.is_primary_well = True
        world.speak(start_s=14.0)
        world.finish()
        self.assertEqual(world.final_words, world.expected_words)
        self.assertEqual([state for _, state, _ in world.statuses][-2:], ["failed_over", "live"])
        engines = [result.engine for result in world.results if result.is_final]
        self.assertEqual(sorted(set(engines)), ["amazon", "embedded"])
        self.assertEqual(engines[-1], "amazon")
        self.assertEqual({leg.engine for leg in world.legs if leg.index}, {0, FALLBACK})
