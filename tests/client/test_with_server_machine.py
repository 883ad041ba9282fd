"""The client and the daemon together, on sockets that break anywhere: every word once, in order, and a true account."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from twisted.trial.unittest import SynchronousTestCase

from alie.client import Phase, StartRequest, TranscriptionClient
from alie.transcript import Result
from tests.support.memory_web import Connection, WebCase, client_frame
from tests.support.scripted_engine import ScriptedStream

# A word of audio: its number, and silence.
WORD_S = 0.1
WORD_BYTES = 3200
WINDOW_S = 30
MAX_WORDS = 300


def word(number: int) -> bytes:
    """One that tells which it is."""
    return number.to_bytes(2, "little") + bytes(WORD_BYTES - 2)


class Recogniser:
    """Hears words by what is in the audio, whatever stream it is on, and says them when it is let."""

    def __init__(self) -> None:
        self.stream: ScriptedStream | None = None
        self.said = 0  # words of this stream that are final

    def open(self, stream: ScriptedStream) -> None:
        """Another session begins, whose audio is another's rest."""
        self.stream, self.said = stream, 0

    @property
    def heard(self) -> list[str]:
        """The words of this stream that came whole."""
        assert self.stream is not None
        fed = self.stream.fed
        starts = range(0, len(fed) - WORD_BYTES + 1, WORD_BYTES)
        return [f"w{int.from_bytes(fed[at : at + 2], 'little')}" for at in starts]

    def say(self, most: int) -> None:
        """A segment of at most so many words becomes final; of the one behind it a partial is shown."""
        assert self.stream is not None
        waiting = self.heard[self.said :]
        now, later = waiting[:most], waiting[most : most + 2]
        start_s, end_s = self.said * WORD_S, (self.said + len(now)) * WORD_S
        if now:
            self.said += len(now)
            self.stream.settled_s = end_s
            self.stream.tell(Result(f"e-{start_s:.1f}", start_s, end_s, " ".join(now), is_final=True))
        if later:
            self.stream.tell(Result(f"e-{end_s:.1f}", end_s, end_s + WORD_S, " ".join(later), is_final=False))

    def finish(self, stream: ScriptedStream) -> None:
        """All that was heard, and no more."""
        self.say(MAX_WORDS)
        stream.finished()

    def flush(self, stream: ScriptedStream) -> None:
        """The same, and goes on."""
        self.say(MAX_WORDS)
        stream.flushed()


class DictationMachine(RuleBasedStateMachine):
    """One dictation from its first word to its account."""

    def __init__(self) -> None:
        super().__init__()
        self.server = WebCase("build")  # set up, and not run
        self.server.setUp()
        self.client = TranscriptionClient(StartRequest(wants_resume=True))
        self.recogniser = Recogniser()
        self.socket: Connection | None = None
        self.spoken = self.flushes = 0
        self.listen()
        self.connect()
        self.read()
        self.client.start()
        self.exchange()

    def listen(self) -> None:
        """The daemon's engine is our recogniser."""
        engine = self.server.engine
        engine.on_open, engine.on_flush = self.recogniser.open, self.recogniser.flush
        engine.on_finish = self.recogniser.finish

    def connect(self) -> None:
        """A socket, and the greeting on it."""
        self.socket = self.server.upgrade()[0]

    def exchange(self) -> None:
        """Everything goes over the wire, both ways, until nobody has anything to say."""
        while self.send() | self.read():
            pass

    def send(self, most: int = 1000) -> bool:
        """What the client has to say; whether it was anything."""
        for number in range(most):
            outgoing = self.client.next()
            if outgoing is None:
                return number > 0
            assert self.socket is not None
            self.socket.send(client_frame(outgoing.payload, 2 if outgoing.is_binary else 1))
        return True

    def read(self, most: int = 1000) -> bool:
        """What the server has said, or the first of it; whether it was anything."""
        assert self.socket is not None
        frames = self.socket.frames()[:most]
        for frame in frames:
            if frame.opcode == 1:
                self.client.receive(frame.payload)
            elif frame.opcode == 9:
                self.socket.send(client_frame(frame.payload, 10))
        return bool(frames)

    @property
    def is_live(self) -> bool:
        """Whether there is a socket."""
        return self.socket is not None

    @property
    def is_heard(self) -> bool:
        """Whether the recogniser has a stream, and it is the present one."""
        stream = self.recogniser.stream
        return stream is not None and not stream.is_gone

    @precondition(lambda self: self.spoken < MAX_WORDS)
    @rule(words=st.integers(1, 12))
    def speak(self, words: int) -> None:
        """Also while there is no socket."""
        for _ in range(words):
            self.client.speak(word(self.spoken))
            self.spoken += 1

    @precondition(lambda self: self.is_live)
    @rule()
    def talk(self) -> None:
        """Both ends hear all of each other."""
        self.exchange()

    @precondition(lambda self: self.is_live)
    @rule(most=st.integers(1, 3))
    def send_some(self, most: int) -> None:
        """The server hears of the client, not yet the other way round."""
        self.send(most)

    @rule()
    def flush(self) -> None:
        """Everything up to here is wanted."""
        self.client.flush()
        self.flushes += 1

    @precondition(lambda self: self.is_heard)
    @rule(most=st.integers(1, 8))
    def recognise(self, most: int) -> None:
        """Some words become final."""
        self.recogniser.say(most)

    @precondition(lambda self: self.is_live)
    @rule(lost=st.integers(0, 3), told=st.integers(0, 6), is_killed=st.sampled_from([False, False, True]))
    def cut(self, lost: int, told: int, is_killed: bool) -> None:
        """The socket breaks, with what was on its way in either direction; or the whole daemon is killed."""
        assert self.socket is not None
        for _ in range(lost):
            self.client.next()
        self.read(told)
        self.socket.transport.loseConnection()
        self.socket = None
        if is_killed:
            self.server.engine.streams.clear()
            self.recogniser.stream = None
            self.server.build()
            self.listen()
        # By the client's clock it is back at once: its patience is another matter.
        assert self.client.disconnected(None, 0.0, 0.5) is not None

    @precondition(lambda self: not self.is_live)
    @rule(after_s=st.sampled_from([0.5, 0.5, 5.0, WINDOW_S + 1.0]))
    def come_back(self, after_s: float) -> None:
        """On another socket, before the session is given up or after."""
        self.server.clock.pump([0.5] * int(after_s / 0.5))
        self.connect()
        self.exchange()

    @invariant()
    def nothing_is_told_twice(self) -> None:
        """Nor out of order, nor left out."""
        words = self.words
        assert words == [f"w{number}" for number in range(len(words))]
        assert self.client.troubles == []

    @property
    def words(self) -> list[str]:
        """Of all finals that the client has."""
        return " ".join(one.text for one in self.client.finals).split()

    def teardown(self) -> None:
        """The client stops; in the end it has every word, and the account says that nothing was lost."""
        if not self.is_live:
            self.come_back(0.5)
        self.exchange()
        assert self.client.flushes == self.flushes
        if self.spoken:
            self.client.stop()
            self.exchange()
            assert self.client.phase is Phase.COMPLETE
            assert len(self.words) == self.spoken
            assert self.client.completed is not None
            assert self.client.completed.lost_s == 0.0
            assert abs(self.client.completed.audio_s - self.spoken * WORD_S) < 0.002
        self.nothing_is_told_twice()
        self.server.doCleanups()


class MachineTests(SynchronousTestCase):
    """A hundred dictations, none like another."""

    def test_any_sequence(self) -> None:
        """All of DictationMachine holds."""
        checks = settings(max_examples=100, stateful_step_count=40, suppress_health_check=list(HealthCheck))
        run_state_machine_as_test(DictationMachine, settings=checks)
