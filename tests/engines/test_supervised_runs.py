"""What holds for supervised streams whatever their engines, their sessions and time do, in any order."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.interface import Stream
from alie.engines.supervisor import SupervisedEngine
from alie.errors import AlieError, Capacity, EngineRejected, EngineUnavailable
from alie.faults import Fault, StreamFailed
from alie.legs.policy import LegPolicy
from alie.speech import StreamSpec
from tests.engines.supervising import Ear, ScriptedAmazon, StrictGovernor, final, partial
from tests.support.scripted_engine import ScriptedEngine, ScriptedStream

ERRORS: list[AlieError] = [StreamFailed(fault) for fault in Fault] + [EngineUnavailable()]
REFUSALS: list[AlieError] = [Capacity(), EngineRejected(), EngineUnavailable()]
ENDS = ("finished", "failed ")
Hook = Callable[[ScriptedStream], None]


def _nothing(stream: ScriptedStream) -> None:
    pass


def _open_and_tell(stream: ScriptedStream) -> None:
    stream.opened()
    stream.tell(partial(0.05), final(0.05))


def _fail(stream: ScriptedStream) -> None:
    stream.fail(StreamFailed(Fault.CONNECTION))


HOOKS: dict[str, list[Hook]] = {
    "on_open": [_nothing, ScriptedStream.opened, _open_and_tell, _fail],
    "on_feed": [_nothing, lambda stream: stream.tell(partial(0.05)), _fail],
    "on_flush": [_nothing, ScriptedStream.flushed, _fail],
    "on_finish": [_nothing, ScriptedStream.finished, _fail],
}


class SupervisedMachine(RuleBasedStateMachine):
    """Sessions, two engines and a clock; governor, streams and ears are strict about how they are used."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.primary, self.fallback = ScriptedAmazon(), ScriptedEngine(seats=2)
        self.governor = StrictGovernor(2, 5.0)
        self.engine = SupervisedEngine(
            self.clock,
            self.primary,
            self.fallback,
            governor=self.governor,
            seats=10,
            policy=LegPolicy(fail_over_after_s=3.0, stay_s=5.0, give_up_s=20.0),
            chance=lambda: 0.5,
        )
        self.sessions: list[tuple[Stream, Ear]] = []
        self.flushes: dict[int, int] = {}
        self.is_finishing: set[int] = set()
        self.is_gone: set[int] = set()

    def pick(self, number: int) -> int | None:
        """One of the sessions that go on; None: there is none."""
        able = [n for n, (_, ear) in enumerate(self.sessions) if n not in self.is_gone and not self.is_over(ear)]
        return able[number % len(able)] if able else None

    @staticmethod
    def is_over(ear: Ear) -> bool:
        """Whether it was told so."""
        return any(what.startswith(ENDS) for what in ear.told)

    @rule()
    def begin(self) -> None:
        """Another session."""
        if len(self.sessions) < 6:
            ear = Ear()
            self.sessions.append((self.engine.open(StreamSpec(f"s{len(self.sessions)}", "fr-CA"), ear), ear))

    @rule(number=st.integers(0, 9), length=st.sampled_from([320, 3200, 40000]))
    def feed(self, number: int, length: int) -> None:
        """Audio, until the client stops."""
        chosen = self.pick(number)
        if chosen is not None and chosen not in self.is_finishing:
            self.sessions[chosen][0].feed(bytes(length))

    @rule(number=st.integers(0, 9))
    def flush(self, number: int) -> None:
        """The client pauses."""
        chosen = self.pick(number)
        if chosen is not None and chosen not in self.is_finishing:
            self.flushes[chosen] = self.flushes.get(chosen, 0) + 1
            self.sessions[chosen][0].flush()

    @rule(number=st.integers(0, 9), is_likely=st.integers(0, 2))
    def finish(self, number: int, is_likely: int) -> None:
        """The client stops, now and then."""
        chosen = self.pick(number)
        if chosen is not None and chosen not in self.is_finishing and not is_likely:
            self.is_finishing.add(chosen)
            self.sessions[chosen][0].finish()

    @rule(number=st.integers(0, 9), is_likely=st.integers(0, 4))
    def abort(self, number: int, is_likely: int) -> None:
        """The client is lost, now and then."""
        chosen = self.pick(number)
        if chosen is not None and not is_likely:
            stream, ear = self.sessions[chosen]
            self.is_gone.add(chosen)
            stream.abort()
            ear.told.append("gone")

    @rule(number=st.integers(0, 9), what=st.sampled_from(["partial", "final", "recovering amazon", "open"]))
    def abort_when_told(self, number: int, what: str) -> None:
        """Or as soon as it is told something."""
        chosen = self.pick(number)
        if chosen is not None:
            stream, ear = self.sessions[chosen]

            def leave() -> None:
                self.is_gone.add(chosen)
                stream.abort()
                ear.told.append("gone")

            ear.then[what] = leave

    @rule(
        number=st.integers(0, 9),
        what=st.sampled_from(["opened", "partial", "final", "finished", "flushed", "full", "room"]),
    )
    def answer(self, number: int, what: str) -> None:
        """A leg says something."""
        legs = self.primary.streams + self.fallback.streams
        if not legs:
            return
        leg = legs[number % len(legs)]
        match what:
            case "partial" | "final":
                leg.tell(partial(0.05) if what == "partial" else final(0.05))
            case "full" | "room":
                leg.backlog(what == "full")
            case "finished" if not leg._is_finishing:
                pass
            case _:
                getattr(leg, what)()

    @rule(number=st.integers(0, 9), error=st.sampled_from(ERRORS))
    def fail(self, number: int, error: AlieError) -> None:
        """A leg dies."""
        legs = self.primary.streams + self.fallback.streams
        if legs:
            legs[number % len(legs)].fail(error)

    @rule(data=st.data(), is_primary=st.booleans(), name=st.sampled_from(sorted(HOOKS)))
    def change(self, data: st.DataObject, is_primary: bool, name: str) -> None:
        """An engine answers otherwise from now on."""
        engine = self.primary if is_primary else self.fallback
        setattr(engine, name, data.draw(st.sampled_from(HOOKS[name])))

    @rule(is_primary=st.booleans(), seats=st.sampled_from([0, 1, 10]))
    def fill(self, is_primary: bool, seats: int) -> None:
        """An engine has more or fewer seats."""
        (self.primary if is_primary else self.fallback).seats = seats

    @rule(seconds=st.sampled_from([0.05, 0.3, 1.0, 4.0, 16.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.pump([0.05] * round(seconds / 0.05))

    @invariant()
    def seats_balance(self) -> None:
        """Every stream at the primary has a seat; no seat is kept without one."""
        assert self.governor.open == len(self.primary.streams)

    @invariant()
    def nothing_follows_the_end(self) -> None:
        """Whether it was told or asked for; it is told to those only who wait for it."""
        for number, (_, ear) in enumerate(self.sessions):
            over = [place for place, what in enumerate(ear.told) if what == "gone" or what.startswith(ENDS)]
            assert not over or over == [len(ear.told) - 1]
            assert "finished" not in ear.told or number in self.is_finishing
            flushed = ear.told.count("flushed")
            asked = self.flushes.get(number, 0)
            assert flushed == asked if "finished" in ear.told else flushed <= asked
            assert ear.told.count("open") <= 1

    @invariant()
    def states_are_told_once(self) -> None:
        """And trouble before its end."""
        for _, ear in self.sessions:
            states = [what for what in ear.told if what.startswith(("live", "failed_over"))]
            told = [what for what in ear.told if what.startswith(("live", "failed_over", "recovering"))]
            assert all(one != other for one, other in itertools.pairwise(told) if one in states)

    @invariant()
    def segments_end_once(self) -> None:
        """Each result under a name that is still open."""
        for _, ear in self.sessions:
            finals = [result.segment_id for result in ear.results if result.is_final]
            assert len(finals) == len(set(finals))

    def teardown(self) -> None:
        """Nothing is left."""
        self.engine.stop()
        assert (self.governor.open, self.governor.queued) == (0, 0)
        assert self.primary.streams + self.fallback.streams == []
        assert self.clock.getDelayedCalls() == []


class MachineTests(SynchronousTestCase):
    """Hundreds of runs, none like another."""

    def test_any_order(self) -> None:
        """All invariants of SupervisedMachine hold."""
        run_state_machine_as_test(
            SupervisedMachine,
            settings=settings(
                max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
