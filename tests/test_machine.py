"""What holds for a session whatever happens to it, in any order: random events, checked after each."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.anteroom import MAX_WAITING
from alie.exports import MAX_EXPORTS
from alie.limits import Limits
from alie.principal import Caller
from alie.resuming import Claimed
from alie.session import State
from alie.speech import EngineFacts
from alie.standing import Standing
from tests.support.driving import Driver, final, partial
from tests.support.machine_inputs import (
    CALLERS,
    ENDS,
    ERRORS,
    MESSAGES,
    OTHERS,
    PLAIN_START,
    PROOF_ERRORS,
    RESUME_START,
    SEGMENTS,
    STARTS,
    STATUSES,
    TEXTS,
    TOKEN_START,
)
from tests.support.proofs import ANNE, BERNARD, person
from tests.support.reading import message


class SessionMachine(RuleBasedStateMachine):
    """One session under fire; `Driver.actions` is all it ever wanted done."""

    def __init__(self) -> None:
        super().__init__()
        self.checked = 0
        self.sent: list[dict[str, object]] = []
        self.shown: dict[object, bool] = {}
        self.is_closed = self.is_ended = self.is_open = self.is_finishing = False
        self.fed = 0
        self.is_proved = False
        self.owed: set[int] = set()
        self.asked = self.exporting = self.exported = 0
        self.results: dict[object, dict[str, object]] = {}
        self.seq = 0
        self.has_socket = True
        self.is_told_again = False

    @initialize(
        is_token_owed=st.booleans(),
        caller=CALLERS,
        seats=st.sampled_from([3, 3, 3, 0]),
        can_export=st.booleans(),
        first=st.sampled_from([RESUME_START, TOKEN_START, RESUME_START, PLAIN_START, TOKEN_START, {}, None]),
    )
    def begin(
        self,
        is_token_owed: bool,
        caller: Caller | None,
        seats: int,
        can_export: bool,
        first: dict[str, object] | None,
    ) -> None:
        """A new socket, mostly open and started already: what comes first decides how far the rest can get."""
        limits = Limits(start_s=10, idle_s=20, duration_s=100, finish_s=10, verify_s=7, expiry_warning_s=15)
        self.is_proved = not is_token_owed or caller is not None
        self.driver = Driver(
            EngineFacts("embedded"),
            seats=seats,
            is_token_owed=is_token_owed,
            caller=caller,
            can_export=can_export,
            limits=limits,
        )
        if first is not None:
            self.driver.open()
        if first:
            self.driver.say("start_transcription", **first)

    @rule()
    def open(self) -> None:
        """The socket opens, even twice."""
        self.driver.open()

    @precondition(lambda self: self.has_socket and self.driver.state is State.GREETED)
    @rule(fields=STARTS)
    def start(self, fields: dict[str, object]) -> None:
        """A good start."""
        self.driver.say("start_transcription", **fields)

    @precondition(lambda self: self.owed)
    @rule(
        caller=st.sampled_from([person(ANNE), person(ANNE, way="key"), person(BERNARD)]),
        lifetime_s=st.sampled_from([None, 0.0, 5.0, 40.0]),
        is_good=st.booleans(),
        error=PROOF_ERRORS,
    )
    def answer(self, caller: Caller, lifetime_s: float | None, is_good: bool, error: errors.AlieError) -> None:
        """The oldest token is verified, however late."""
        number = min(self.owed)
        self.owed.remove(number)
        is_awaited = number == self.asked and self.driver.session.standing.is_asking
        was_verifying = self.driver.state is State.VERIFYING
        self.is_proved |= is_good and is_awaited and was_verifying
        seen = len(self.driver.actions)
        self.driver.receive(on.Verified(caller, lifetime_s, number) if is_good else on.Refused(error, number))
        if not is_awaited:
            assert self.driver.actions[seen:] == []

    @precondition(lambda self: self.exporting)
    @rule(error=st.sampled_from([None, errors.RetentionOff()]))
    def put(self, error: errors.AlieError | None) -> None:
        """An export is done, or has failed."""
        self.exporting -= 1
        self.driver.receive(on.Exported("https://s3.example/1", "2026-01-31T14:18:22Z", error))

    @precondition(lambda self: self.has_socket)
    @rule(payload=MESSAGES, is_likely=st.integers(0, 4))
    def text(self, payload: bytes, is_likely: int) -> None:
        """Any message, at any time; before start, where most are fatal, now and then."""
        if self.driver.state is not State.GREETED or not is_likely:
            self.driver.receive(on.Text(payload))

    @precondition(lambda self: self.has_socket)
    @rule(length=st.sampled_from([0, 1, 8191, 8192, 65536, 65536, 8192, 65537]), is_likely=st.integers(0, 4))
    def speak(self, length: int, is_likely: int) -> None:
        """Any frame; before start, now and then."""
        if self.driver.state is not State.GREETED or not is_likely:
            self.driver.speak(bytes(length))

    @rule(seconds=st.sampled_from([0, 0.25, 0.25, 2, 2, 6, 6, 11, 25]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.driver.wait(seconds)

    @rule(segment=SEGMENTS, text=TEXTS, is_final=st.booleans())
    def hear(self, segment: str, text: str, is_final: bool) -> None:
        """The engine says anything, faithful or not."""
        self.driver.hear((final if is_final else partial)(segment, text))

    @rule(event=OTHERS)
    def other(self, event: object) -> None:
        """The engine or the clock speaks up."""
        self.driver.receive(event)

    @rule(status=STATUSES)
    def change(self, status: on.EngineStatus) -> None:
        """The engine leg fails or is well again."""
        self.driver.receive(status)

    @precondition(lambda self: self.driver.state is State.FINISHING)
    @rule()
    def finish(self) -> None:
        """The engine has settled everything."""
        self.driver.receive(on.EngineFinished())

    @rule(error=ERRORS, is_likely=st.integers(0, 4))
    def fail(self, error: errors.AlieError, is_likely: int) -> None:
        """The engine fails, now and then."""
        if not is_likely:
            self.driver.fail(error)

    @rule(event=ENDS, is_likely=st.integers(0, 4))
    def end(self, event: object, is_likely: int) -> None:
        """The socket is lost, access is revoked, or the daemon goes down, now and then."""
        if is_likely or (isinstance(event, on.Lost) and not self.has_socket):
            return
        self.driver.receive(event)
        self.has_socket &= not isinstance(event, on.Lost)

    @precondition(lambda self: self.has_socket and self.driver.session.resumption is not None)
    @rule(is_clean=st.sampled_from([False, False, False, True]))
    def cut(self, is_clean: bool) -> None:
        """The socket of a client that may come back is gone."""
        self.driver.receive(on.Lost(is_clean=is_clean))
        self.has_socket = False

    @precondition(lambda self: self.has_socket and self.driver.state is State.STARTED)
    @rule(is_likely=st.integers(0, 2))
    def stop(self, is_likely: int) -> None:
        """The client has said all."""
        if not is_likely:
            self.driver.say("stop_transcription")

    @precondition(lambda self: self.driver.session.resumption is not None)
    @rule(missed=st.integers(0, 3))
    def come_back(self, missed: int) -> None:
        """The client is on another socket, whatever has become of the one before; it may have missed what came last."""
        last_seq = max(self.driver.session.resumption.replay.dropped, self.seq - missed)
        if self.has_socket:
            self.displace()
        self.is_closed, self.has_socket, self.is_told_again = False, True, True
        before = self.driver.session.standing
        standing = Standing(is_owed=before.is_owed, caller=before.caller, way=before.way)
        self.driver.receive(Claimed(last_seq, standing))
        self.actions_are_in_order()
        self.is_told_again = False
        self.seq = self.driver.session.dictation.segments.seq
        assert self.is_closed == (self.driver.state is State.ENDED)

    def displace(self) -> None:
        """The socket before is told so and closed, which says nothing of the session."""
        told, _, close = self.driver.receive(on.Displaced())
        assert message(told.payload)["code"] == "TAKEN_OVER"
        assert (close.code, close.is_last) == (4409, False)
        self.checked = len(self.driver.actions)

    @invariant()
    def actions_are_in_order(self) -> None:
        """Each new action is allowed where it stands."""
        for action in self.driver.actions[self.checked :]:
            self.checked += 1
            match action:
                case do.Send():
                    assert self.has_socket
                    assert not self.is_closed
                    self.check_message(message(action.payload))
                case do.Close():
                    assert self.has_socket
                    assert not self.is_closed
                    assert 1000 <= action.code < 5000
                    self.is_closed = True
                case do.OpenEngine():
                    assert not self.is_open
                    assert not self.is_ended
                    assert self.is_proved
                    self.is_open = True
                case do.Verify():
                    assert not self.is_ended
                    assert action.number == self.asked + 1
                    self.asked = action.number
                    self.owed.add(action.number)
                case do.Export():
                    assert self.is_proved
                    assert action.text
                    self.exporting += 1
                    self.exported += 1
                    assert self.exporting == 1
                    assert self.exported <= MAX_EXPORTS
                case do.Watch():
                    assert not self.is_ended
                case do.Feed():
                    assert self.is_open
                    assert not self.is_finishing
                    assert action.audio
                    assert len(action.audio) % 2 == 0
                    self.fed += len(action.audio)
                case do.FlushEngine() | do.FinishEngine():
                    assert self.is_open
                    assert not self.is_finishing
                    self.is_finishing = isinstance(action, do.FinishEngine)
                case do.Ended():
                    assert not self.is_ended
                    self.is_ended = True

    def check_message(self, told: dict[str, object]) -> None:
        """The client's view: greeting, ready, results in their numbers, one final each, the account last."""
        types = [one["type"] for one in self.sent]
        self.sent.append(told)
        assert (told["type"] == "connection_established") == (not types)
        if told["type"] == "stream_ready":
            assert "stream_ready" not in types
            assert self.is_proved
        if told["type"] == "transcription_result":
            assert "stream_ready" in types
            self.check_result(told)
        if told["type"] == "engine_status":
            assert "stream_ready" in types
            assert self.driver.session.is_alie_client
            assert (told["state"] == "recovering") == ("code" in told)
        if told.get("code") == "ENGINE_THROTTLED" and told["type"] == "transcription_error":
            assert not told["fatal"]
        if told["type"] == "transcription_final":
            assert not self.driver.session.dictation.is_engine_open or self.is_finishing
        if told["type"] == "transcription_complete":
            finals = [one for one in self.results.values() if one.get("isFinal") and one["text"]]
            assert told["finals"] == len(finals)
            assert told["lostSeconds"] == 0

    def check_result(self, told: dict[str, object]) -> None:
        """In their numbers; one that is told again says what it said before."""
        if told["seq"] in self.results:
            assert self.is_told_again
            assert self.results[told["seq"]] == told
            assert told["isFinal"] or not self.shown[told["resultId"]], "the partial of a segment that is over"
            return
        # A partial that others followed while nobody was there is never told.
        assert told["seq"] > self.seq if self.is_told_again else told["seq"] == self.seq + 1
        assert not self.shown.get(told["resultId"])
        self.shown[told["resultId"]] = bool(told["isFinal"])
        self.results[told["seq"]] = told
        self.seq = told["seq"]

    @invariant()
    def seats_balance(self) -> None:
        """A seat is held between start and end, and not otherwise."""
        is_seated = self.driver.state in (State.STARTED, State.FINISHING)
        assert self.driver.admission.taken == is_seated

    @invariant()
    def a_session_that_waits_has_a_deadline(self) -> None:
        """Nothing is waited for without end."""
        is_waiting = self.driver.state not in (State.NEW, State.ENDED)
        is_waiting |= not self.has_socket and self.driver.session.resumption is not None
        assert (self.driver.session.deadline() is not None) == is_waiting

    @invariant()
    def a_token_that_is_verified_is_waited_for(self) -> None:
        """In VERIFYING the newest answer is owed; what waits there is heard or forgotten when it is over."""
        if self.driver.state is State.VERIFYING:
            assert self.driver.session.standing.is_asking
            assert len(self.driver.session.anteroom._waiting) <= MAX_WAITING
        else:
            assert self.driver.session.anteroom.proof is None
            assert self.driver.session.anteroom.take() is None

    @invariant()
    def the_end_is_whole(self) -> None:
        """Ended says so once; a client that is still there gets the close and a final for all it was shown."""
        assert self.is_ended == (self.driver.state is State.ENDED)
        if self.is_closed:
            assert self.is_ended
            assert all(self.shown.values()) or self.is_heard_anew

    @property
    def is_heard_anew(self) -> bool:
        """Whether the client begins a new session with what was not final."""
        fatal = [one for one in self.sent if one.get("fatal")]
        may_resume = any("resumeToken" in one for one in self.sent)
        return may_resume and bool(fatal) and bool(fatal[-1]["retryable"])


class ResumableMachine(SessionMachine):
    """One that is under way, and that its client may come back to: less that leads astray, so that more comes of it."""

    open = start = text = change = None  # type: ignore[assignment]

    @initialize(mode=st.sampled_from(["ambient", "word_for_word"]))
    def begin(self, mode: str) -> None:
        """Started, and spoken to."""
        limits = Limits(start_s=10, idle_s=20, duration_s=100, finish_s=10)
        self.is_proved = True
        self.driver = Driver(EngineFacts("embedded"), limits=limits)
        self.driver.open()
        self.driver.say("start_transcription", **RESUME_START, mode=mode)
        self.driver.speak(bytes(8192))


class MachineTests(SynchronousTestCase):
    """Hundreds of sessions, none like another."""

    def run_machine(self, machine: type[SessionMachine], count: int) -> None:
        """All its invariants hold."""
        checks = settings(max_examples=count, stateful_step_count=40, suppress_health_check=list(HealthCheck))
        run_state_machine_as_test(machine, settings=checks)

    def test_any_sequence_of_events(self) -> None:
        self.run_machine(SessionMachine, 200)

    def test_any_sequence_once_it_is_under_way(self) -> None:
        self.run_machine(ResumableMachine, 200)
