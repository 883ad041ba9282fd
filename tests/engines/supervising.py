"""A supervised engine over two scripted ones, a clock, and a governor that takes a seat back once only."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.interface import Stream
from alie.engines.supervisor import SupervisedEngine
from alie.errors import AlieError
from alie.legs.governor import Governor
from alie.legs.policy import LegPolicy
from alie.speech import StreamSpec
from alie.transcript import Result
from tests.legs.recogniser import AMAZON
from tests.support.scripted_engine import ScriptedEngine, ScriptedStream

FRAME = bytes(3200)
SEATS = 3
SAID = "what the patient said"


class StrictGovernor(Governor):
    """Who gives back what was never asked for, or gives it back twice, is at fault."""

    def give_back(self, ticket: object) -> None:
        """Once for each ticket."""
        before = self.open + self.queued
        super().give_back(ticket)
        assert self.open + self.queued == before - 1, "given back twice"


class ScriptedAmazon(ScriptedEngine):
    """An engine with Amazon's name and needs."""

    name = "amazon"
    has_speaker_labels = True
    traits = AMAZON


class Ear:
    """A session, as far as a stream knows it: what it was told, in order.

    Attributes:
        told: each callback in a word or two; results are in `results`.
        then: by what was told: done within that callback.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self.results: list[Result] = []
        self.then: dict[str, Callable[[], object]] = {}

    def _hear(self, what: str) -> None:
        self.told.append(what)
        self.then.pop(what, lambda: None)()

    def on_open(self) -> None:
        self._hear("open")

    def on_result(self, result: Result) -> None:
        self.results.append(result)
        self._hear("final" if result.is_final else "partial")

    def on_flushed(self) -> None:
        self._hear("flushed")

    def on_finished(self) -> None:
        self._hear("finished")

    def on_failed(self, error: AlieError) -> None:
        self._hear(f"failed {error.code}")

    def on_status(self, state: str, engine: str, error: AlieError | None) -> None:
        self._hear(f"{state} {engine}")

    def on_backlog(self, is_full: bool) -> None:
        self._hear(f"backlog {is_full}")


def final(end_s: float = 0.1) -> Result:
    """A final."""
    return Result("e-1", 0.0, end_s, SAID, is_final=True)


def partial(end_s: float = 0.1) -> Result:
    """A partial."""
    return Result("e-1", 0.0, end_s, SAID, is_final=False)


class SupervisedCase(SynchronousTestCase):
    """At the end all seats are free, no stream is open and no timer runs."""

    policy = LegPolicy()
    has_fallback = True

    def setUp(self) -> None:
        self.clock = Clock()
        self.primary = ScriptedAmazon()
        self.fallback = ScriptedEngine()
        self.governor = StrictGovernor(SEATS, 100.0)
        self.engine = SupervisedEngine(
            self.clock,
            self.primary,
            self.fallback if self.has_fallback else None,
            governor=self.governor,
            seats=30,
            policy=self.policy,
            chance=lambda: 1.0,
        )

    def tearDown(self) -> None:
        self.successResultOf(self.engine.stop())
        self.assertEqual((self.governor.open, self.governor.queued), (0, 0))
        self.assertEqual(self.primary.streams + self.fallback.streams, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def open(self, session_id: str = "session") -> tuple[Stream, Ear]:
        """Opens a stream, without audio yet."""
        ear = Ear()
        return self.engine.open(StreamSpec(session_id, "fr-CA"), ear), ear

    def speaking(self) -> tuple[Stream, Ear]:
        """Opens a stream that has asked for its first leg."""
        stream, ear = self.open()
        stream.feed(FRAME)
        return stream, ear

    def live(self) -> tuple[Stream, Ear, ScriptedStream]:
        """Opens a stream whose leg at the primary has taken it; that leg is given, too."""
        stream, ear = self.speaking()
        leg = self.primary.streams[-1]
        leg.opened()
        return stream, ear, leg

    def settled(self) -> tuple[Stream, Ear, ScriptedStream]:
        """The same, and everything is final."""
        stream, ear, leg = self.live()
        leg.tell(final())
        return stream, ear, leg

    def pass_time(self, seconds: float) -> None:
        """In steps that no timer is much later than."""
        self.clock.pump([0.05] * round(seconds / 0.05))
