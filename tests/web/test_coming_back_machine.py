"""What holds for a dictation whatever becomes of its sockets: broken, left, taken over, in any order, to any end."""

from __future__ import annotations

from typing import Any

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

from alie.errors import EngineUnavailable
from tests.support.driving import final, partial
from tests.support.memory_web import Connection, WebCase, client_frame
from tests.support.scripted_engine import ScriptedStream

WINDOW_S = 30
LIMIT = 65536
AUDIO = bytes((at * 7 + at // 256) % 251 for at in range(400_000))


class ComingBackMachine(RuleBasedStateMachine):
    """One client with one dictation, which reads what it is sent, or loses it with its socket."""

    def __init__(self) -> None:
        super().__init__()
        self.server = WebCase("build")  # set up, and not run
        self.server.setUp()
        self.stream: ScriptedStream | None = None
        self.server.engine.on_open = self.opened
        self.server.engine.on_finish = lambda stream: None
        self.socket: Connection | None = None
        self.old: list[Connection] = []
        self.sent = 0  # on this socket, from where it began
        self.most_sent = 0
        self.tokens: list[str] = []  # newest last
        self.has_spoken = True  # since it got its newest token
        self.told: list[str] = []  # texts of the engine's finals
        self.known: dict[int, str] = {}  # by number, of those that were read
        self.last_seq = 0
        self.is_catching_up = False
        self.is_stopped = self.is_over = self.is_failed = False
        self.complete: dict[str, Any] | None = None
        self.gone_for_s = 0.0
        self.segment = 1

    def opened(self, stream: ScriptedStream) -> None:
        """Once: a dictation has one stream, whatever becomes of its sockets."""
        assert self.stream is None
        self.stream = stream

    # -- the client ------------------------------------------------------------------------------------------------

    @initialize()
    def start(self) -> None:
        """A session that its client may come back to."""
        self.socket = self.server.connect()
        self.socket.start(resume=True, ack=True, mode="word_for_word")
        ready = self.read()[-1]
        self.session_id, self.tokens = ready["sessionId"], [ready["resumeToken"]]

    def read(self) -> list[dict[str, Any]]:
        """Takes what came, and answers pings."""
        assert self.socket is not None
        messages: list[dict[str, Any]] = []
        for frame in self.socket.frames():
            if frame.opcode == 9:
                self.socket.send(client_frame(frame.payload, 10))
            elif frame.opcode == 1:
                messages.append(frame.message)
                self.take(frame.message)
        return messages

    def take(self, message: dict[str, Any]) -> None:
        """Each result once, in its order; the rest where it belongs."""
        assert self.complete is None, "nothing comes after the last word"
        match message["type"]:
            case "transcription_result":
                self.take_result(message["seq"], message["text"] if message["isFinal"] else None)
            case "audio_ack":
                assert message["receivedBytes"] % 2 == message["finalBytes"] % 2 == 0
                assert message["finalBytes"] <= message["receivedBytes"] <= self.most_sent
            case "transcription_complete":
                self.complete = message
                assert self.is_stopped
                assert message["lostSeconds"] == 0
                assert message["finals"] == len(self.told)
            case "transcription_error":
                self.is_failed = message["fatal"]
                assert message["code"] == "ENGINE_UNAVAILABLE"

    def take_result(self, seq: int, text: str | None) -> None:
        """`text`: of a final."""
        if not self.is_catching_up:
            assert seq == self.last_seq + 1
        elif text is not None:
            assert seq > self.last_seq, "a final is not sent again to who has it; a partial that is open is"
        self.last_seq = max(self.last_seq, seq)
        if text is not None:
            self.known[seq] = text

    @property
    def is_attached(self) -> bool:
        """Whether the client has a socket on which its session goes on."""
        return self.socket is not None and self.socket.is_open and not self.is_over

    @precondition(lambda self: self.is_attached and not self.is_stopped)
    @rule(length=st.sampled_from([0, 1, 2, 3, 3199, 8192, 8193]))
    def speak(self, length: int) -> None:
        """Audio goes on where it stood."""
        assert self.socket is not None
        audio = AUDIO[self.sent : self.sent + length]
        self.sent += len(audio)
        self.most_sent = max(self.most_sent, self.sent)
        self.socket.speak(audio)
        self.has_spoken = True

    @precondition(lambda self: self.is_attached and not self.is_stopped)
    @rule()
    def flush(self) -> None:
        """Something is asked for."""
        assert self.socket is not None
        self.socket.say("flush")
        self.has_spoken = True

    @precondition(lambda self: self.is_attached and not self.is_stopped and self.stream is not None)
    @rule()
    def stop(self) -> None:
        """All is said."""
        assert self.socket is not None
        self.socket.say("stop_transcription")
        self.is_stopped = self.has_spoken = True

    @precondition(lambda self: self.is_attached)
    @rule()
    def look(self) -> None:
        """The client reads."""
        self.read()
        self.close_if_over()

    def close_if_over(self) -> None:
        """The client closes when the server does."""
        if self.complete is not None or self.is_failed:
            assert self.socket is not None
            self.socket.send(client_frame(b"\x03\xe8", 8))
            assert not self.socket.is_open
            self.is_over = True

    # -- its sockets -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.is_attached)
    @rule(is_read=st.booleans())
    def cut(self, is_read: bool) -> None:
        """The socket breaks; what was on its way is lost, or not."""
        assert self.socket is not None
        if is_read:
            self.read()
            self.is_over = self.complete is not None or self.is_failed  # who has the last word does not come back
        self.socket.transport.loseConnection()
        self.socket, self.gone_for_s = None, 0.0

    @precondition(lambda self: not self.is_over)
    @rule(which=st.sampled_from(["newest", "newest", "newest", "before", "guessed"]))
    def come_back(self, which: str) -> None:
        """On another socket, also while the old one is there; with a token that may be good, and what was read last."""
        before = self.tokens[-2] if len(self.tokens) > 1 else "none"
        token = {"newest": self.tokens[-1], "before": before, "guessed": "guessed"}[which]
        is_good = which == "newest" or (which == "before" and before != "none" and not self.has_spoken)
        socket = self.server.connect()
        socket.say("resume_transcription", sessionId=self.session_id, resumeToken=token, lastSeq=self.last_seq)
        if self.gone_for_s >= WINDOW_S and self.socket is None:
            is_good, self.is_over = False, True
        if not is_good:
            (refusal,) = socket.messages()
            assert (refusal["code"], refusal["fatal"]) == ("SESSION_NOT_FOUND", False)
            socket.transport.loseConnection()
            return
        self.leave_old()
        self.socket = socket
        self.is_catching_up = True
        self.caught_up(self.read())

    def leave_old(self) -> None:
        """The socket before is told that it is over; what it still says is not heard."""
        if self.socket is None:
            return
        fed = len(self.stream.fed) if self.stream else 0
        if self.socket.is_open:
            *_, last, closing = self.socket.frames()
            code = last.message.get("code", "complete")
            # It had ended already, and that was not read.
            assert (code, closing.close[0]) in (("TAKEN_OVER", 4409), ("complete", 1000), ("ENGINE_UNAVAILABLE", 1011))
            self.socket.speak(bytes(100))
            self.socket.say("stop_transcription")
            assert fed == (len(self.stream.fed) if self.stream else 0)
            self.old.append(self.socket)

    def caught_up(self, messages: list[dict[str, Any]]) -> None:
        """All finals are known; audio goes on from the last whole sample that came."""
        resumed = next(one for one in messages if one["type"] == "stream_resumed")
        assert [self.known[seq] for seq in sorted(self.known)] == self.told
        self.is_catching_up = False
        assert resumed["receivedBytes"] % 2 == 0
        assert resumed["receivedBytes"] == (len(self.stream.fed) if self.stream else 0)
        self.sent = resumed["receivedBytes"]
        self.tokens.append(resumed["resumeToken"])
        self.has_spoken = False
        self.close_if_over()

    @rule(seconds=st.sampled_from([0.5, 3.0, 9.0, 19.0]))
    def wait(self, seconds: float) -> None:
        """Time passes, in steps that a client's pongs keep up with."""
        for _ in range(int(seconds / 0.5)):
            self.server.clock.advance(0.5)
            if self.is_attached:
                self.read()
                self.close_if_over()
        if self.socket is None and not self.is_over:
            self.gone_for_s += seconds
        self.old = [one for one in self.old if one.is_open]

    # -- the engine ------------------------------------------------------------------------------------------------

    @property
    def is_heard(self) -> bool:
        """Whether the engine has anybody to tell."""
        return self.stream is not None and not self.stream.is_gone

    @precondition(lambda self: self.is_heard)
    @rule(is_final=st.booleans())
    def tell(self, is_final: bool) -> None:
        """The next result of the segment at hand."""
        assert self.stream is not None
        name = f"e-{self.segment}"
        if is_final:
            self.segment += 1
            self.told.append(f"Final {len(self.told)}.")
            self.stream.tell(final(name, self.told[-1]))
        else:
            self.stream.tell(partial(name))

    @precondition(lambda self: self.is_heard and self.is_stopped)
    @rule()
    def finish(self) -> None:
        """The engine has settled everything; a partial that it forgot stays as a final."""
        assert self.stream is not None
        self.stream.tell(final(f"e-{self.segment}", "Last."))
        self.told.append("Last.")
        self.stream.finished()

    @precondition(lambda self: self.is_heard and self.is_attached)
    @rule(is_likely=st.integers(0, 9))
    def fail(self, is_likely: int) -> None:
        """The engine is gone for good, now and then; what was open ends as it was shown."""
        if not is_likely and self.stream is not None:
            self.stream.tell(final(f"e-{self.segment}", "Cut."))
            self.told.append("Cut.")
            self.stream.fail(EngineUnavailable())

    @invariant()
    def audio_is_heard_once(self) -> None:
        """In its order, without a gap, whatever was sent again."""
        if self.stream is not None:
            assert self.stream.fed == AUDIO[: len(self.stream.fed)]

    @invariant()
    def there_is_one_session(self) -> None:
        """And at most one seat."""
        assert self.server.admission.taken <= 1
        assert len(self.server.engine.streams) <= 1

    def teardown(self) -> None:
        """All is given back in the end, and nobody was failed by a fault of ours."""
        if self.is_attached:
            self.cut(is_read=False)
        for _ in range(2 * 60):
            self.server.clock.advance(0.5)
        assert (self.server.admission.taken, self.server.engine.streams) == (0, [])
        assert (self.server.service.factory.sockets, self.server.clock.getDelayedCalls()) == (set(), [])
        self.server.doCleanups()


class MachineTests(SynchronousTestCase):
    """Hundreds of dictations, none like another."""

    def test_any_sequence(self) -> None:
        """All of ComingBackMachine holds."""
        run_state_machine_as_test(
            ComingBackMachine,
            settings=settings(
                max_examples=100,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
