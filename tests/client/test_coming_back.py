"""A connection that is cut: at every place there is, the transcript is the one of an undisturbed dictation."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from alie.client import Back, Phase
from alie.client.uplink import time_of
from alie.server_messages import Completed, Segment
from tests.client.hub import Caller, Hub, speech

AUDIO = speech(12)
# Number of the delivery that makes the stream ready: before, there is nothing to come back to.
READY_AT = 3
# In a pause: a flush would cut a word in two.
FLUSH_AT = 5 * 960 - 100


def undisturbed() -> Caller:
    """How it would be."""
    caller = Caller(Hub())
    caller.dictate(AUDIO, flush_at=FLUSH_AT)
    return caller


def cut_or_kill(random: Random, hub: Hub, number: int) -> bool:
    """Whether the connection is cut before a delivery; in half of the cases the server has been killed, too."""
    is_cut = number > READY_AT and random.random() < 0.08
    if is_cut and random.random() < 0.5:
        hub.sessions.clear()
    return is_cut


class ComparingCase(SynchronousTestCase):
    """Holds a disturbed dictation to one that was not."""

    def assert_same(self, caller: Caller, whole: Caller, label: str) -> None:
        """The words, each once, and their times, which servers round to a millisecond."""
        self.assertEqual([text for text, _, _ in caller.words], [text for text, _, _ in whole.words], label)
        for mine, other in zip(caller.words, whole.words, strict=True):
            self.assertLess(max(abs(mine[1] - other[1]), abs(mine[2] - other[2])), 0.0015, label)


class EveryBoundaryTests(ComparingCase):
    """One cut, before each message that arrives anywhere."""

    def setUp(self) -> None:
        self.whole = undisturbed()

    def check(self, *, kills: bool) -> None:
        for at in range(READY_AT + 1, self.whole.deliveries + 1):
            hub = Hub()

            def fault(number: int, at: int = at, hub: Hub = hub) -> bool:
                if number == at and kills:
                    hub.sessions.clear()
                return number == at

            caller = Caller(hub, fault)
            caller.dictate(AUDIO, flush_at=FLUSH_AT)
            self.assert_same(caller, self.whole, f"cut before delivery {at}")
            self.assertEqual(caller.client.completed, Completed(time_of(len(AUDIO)), 0.0), at)
            self.assertEqual((caller.client.flushes, caller.client.troubles), (1, []), at)

    def test_the_undisturbed_one_has_every_word(self) -> None:
        self.assertEqual([text for text, _, _ in self.whole.words], [f"w{number}" for number in range(1, 13)])
        self.assertEqual(self.whole.client.phase, Phase.COMPLETE)

    def test_the_session_is_resumed(self) -> None:
        self.check(kills=False)

    def test_the_server_was_killed(self) -> None:
        self.check(kills=True)


class ManyCutsTests(ComparingCase):
    """Cuts and kills in any order, drawn from a seed."""

    def test_no_word_is_lost_or_doubled(self) -> None:
        whole = undisturbed()
        for seed in range(100):
            random, hub = Random(seed), Hub()

            def fault(number: int, random: Random = random, hub: Hub = hub) -> bool:
                return cut_or_kill(random, hub, number)

            caller = Caller(hub, fault)
            caller.dictate(
                AUDIO, frame_bytes=random.choice([100, 500, 4000]), flush_at=960 * random.randrange(1, 12) - 100
            )
            self.assert_same(caller, whole, f"seed {seed}")
            self.assertEqual(caller.client.completed, whole.client.completed, f"seed {seed}")

    def test_what_was_shown_and_never_became_final_is_withdrawn(self) -> None:
        """Each name once shown gets one final, whatever becomes of its session."""
        for seed in range(50):
            random, hub = Random(seed), Hub()

            def fault(number: int, random: Random = random, hub: Hub = hub) -> bool:
                return cut_or_kill(random, hub, number)

            caller = Caller(hub, fault)
            caller.dictate(AUDIO, frame_bytes=300)
            told = [one for one in caller.told if isinstance(one, Segment)]
            finals = [one.result_id for one in told if one.is_final]
            self.assertEqual(len(finals), len(set(finals)), f"seed {seed}")
            self.assertEqual({one.result_id for one in told}, set(finals), f"seed {seed}")
            self.assertGreater(len([one for one in caller.told if isinstance(one, Back)]), 0)
