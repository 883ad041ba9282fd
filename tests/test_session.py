"""Tests of alie.session: every state times every event, and the messages in their order."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors, wire
from alie import events as on
from alie.principal import SUPABASE, Caller, Principal
from alie.resuming import Claimed
from alie.session import TABLE, Session, State
from alie.speech import EngineFacts
from alie.standing import Standing
from tests.support.driving import FRAME, TIMESTAMP, Driver, final, partial
from tests.support.reading import close, error, kinds, messages, of

IGNORED, NOTHING, REFUSED = ["ignored"], [], ["transcription_error", "Close", "Ended"]
BROKEN = ["transcription_error", "Close", "AbortEngine", "Ended"]
FINISH = ["transcription_complete", "Close", "AbortEngine", "Ended"]
LOST = ["AbortEngine", "Ended"]

START = wire.StartTranscription("en-US")
MALFORMED = on.Malformed(errors.InvalidMessage())
CALLER = Caller(Principal("u-1", SUPABASE, expires_at=1_790_000_000.0), "t")
PROVED = ["Watch", "stream_ready", "ResumeReading"]
# What each event does in GREETED, VERIFYING (a start with a token came), STARTED (audio flows, one partial was shown)
# and FINISHING. In NEW only the first two mean anything, in ENDED nothing does.
CELLS: dict[object, tuple[list[str], list[str], list[str], list[str]]] = {
    on.Opened(TIMESTAMP): (NOTHING, NOTHING, NOTHING, NOTHING),
    on.Lost(): (["Ended"], ["Ended"], LOST, LOST),
    on.Probed(): (NOTHING, NOTHING, NOTHING, NOTHING),
    on.Answered(): (NOTHING, NOTHING, NOTHING, NOTHING),
    on.Displaced(): (NOTHING, NOTHING, ["transcription_error", "Close"], ["transcription_error", "Close"]),
    Claimed(0, Standing()): (NOTHING, NOTHING, NOTHING, NOTHING),
    on.Moved(): (["Ended"], NOTHING, NOTHING, NOTHING),
    on.Unclaimed(): (["transcription_error"], NOTHING, NOTHING, NOTHING),
    on.Tick(): (NOTHING, NOTHING, NOTHING, NOTHING),
    on.Drain(15, 4, 2): (
        ["server_draining", *REFUSED],
        ["server_draining", *REFUSED],
        ["server_draining"],
        ["server_draining"],
    ),
    MALFORMED: (REFUSED, NOTHING, ["transcription_error"], ["transcription_error"]),
    on.Audio(FRAME): (REFUSED, NOTHING, ["Feed"], IGNORED),
    START: (["stream_ready"], NOTHING, IGNORED, IGNORED),
    wire.StopTranscription(): (REFUSED, NOTHING, ["FinishEngine"], IGNORED),
    wire.Flush(): (REFUSED, NOTHING, ["FlushEngine"], IGNORED),
    wire.Pause(): (REFUSED, NOTHING, ["FlushEngine"], IGNORED),
    wire.Unpause(): (REFUSED, NOTHING, NOTHING, IGNORED),
    wire.ResumeTranscription("s", "r", 0): (["Claim"], NOTHING, IGNORED, IGNORED),
    wire.Authenticate("t"): (["authenticated"], NOTHING, ["authenticated"], ["authenticated"]),
    wire.Ping(): (["pong"], ["pong"], ["pong"], ["pong"]),
    wire.Command("save"): (REFUSED, NOTHING, ["cmd_ack"], ["cmd_ack"]),
    wire.VoiceCommand(): (REFUSED, NOTHING, ["cmd_ack"], ["cmd_ack"]),
    wire.AudioInit(44100): (["cmd_ack"], NOTHING, ["cmd_ack"], ["cmd_ack"]),
    wire.Unknown(): (REFUSED, NOTHING, IGNORED, IGNORED),
    on.Verified(CALLER, 3600.0, 1): (NOTHING, PROVED, NOTHING, NOTHING),
    on.Refused(errors.AuthInvalid(), 1): (NOTHING, REFUSED, NOTHING, NOTHING),
    on.Revoked(): (
        REFUSED,
        NOTHING,
        ["transcription_result", *BROKEN],
        ["transcription_result", *BROKEN],
    ),
    on.Exported("https://s3.example/x", TIMESTAMP): (NOTHING, NOTHING, ["cmd_ack"], ["cmd_ack"]),
    on.Heard(final()): (NOTHING, NOTHING, ["transcription_result"], ["transcription_result"]),
    on.EngineFlushed(): (NOTHING, NOTHING, NOTHING, NOTHING),
    on.EngineFinished(): (NOTHING, NOTHING, NOTHING, ["transcription_result", *FINISH]),
    on.EngineFailed(errors.EngineUnavailable()): (
        REFUSED,
        REFUSED,
        ["transcription_result", *BROKEN],
        ["transcription_result", *BROKEN],
    ),
    on.EngineStatus("live", "amazon"): (NOTHING, NOTHING, NOTHING, NOTHING),
    on.Weighed(0.0, 0.0): (NOTHING, NOTHING, ["audio_ack"], ["audio_ack"]),
    on.EngineBacklog(True): (NOTHING, NOTHING, ["PauseReading"], NOTHING),
    on.EngineBacklog(False): (NOTHING, NOTHING, ["ResumeReading"], NOTHING),
}
OPEN = (State.GREETED, State.VERIFYING, State.STARTED, State.FINISHING)


def in_state(state: State) -> Driver:
    """A session in a state, on the shortest way there."""
    driver = Driver(is_token_owed=state is State.VERIFYING)
    if state is not State.NEW:
        driver.open()
    if state is State.VERIFYING:
        driver.start(token="t")
    if state in (State.STARTED, State.FINISHING):
        driver.start()
        driver.speak()
        driver.hear(partial())
    if state is State.FINISHING:
        driver.say("stop_transcription")
    if state is State.ENDED:
        driver.receive(on.Lost())
    assert driver.state is state
    driver.actions.clear()
    return driver


class TableTests(SynchronousTestCase):
    """The table is total, and each cell does what the protocol says."""

    def test_every_event_has_a_cell_in_every_state(self) -> None:
        """All events and all messages, in all states."""
        every = set(wire.ClientMessage.__args__) | {
            kind for kind in vars(on).values() if isinstance(kind, type) and kind.__module__ == on.__name__
        }
        every.add(Claimed)
        every.remove(on.Text)  # read first: it becomes a message, or Malformed
        for state in State:
            self.assertEqual(set(TABLE[state]), every, state)
        self.assertEqual({type(event) for event in CELLS}, every)

    def test_each_cell(self) -> None:
        """What is done, and that nothing raises."""
        for event, cells in CELLS.items():
            for state, expected in zip(OPEN, cells, strict=True):
                driver = in_state(state)
                actions = driver.receive(event)
                done = IGNORED if actions == [do.Counted("ignored")] else kinds(actions)
                self.assertEqual(done, expected, f"{event} in {state}")

    def test_new_only_opens_or_is_lost(self) -> None:
        """Before the socket is open nothing can be said on it."""
        for event in CELLS:
            expected = {on.Opened: ["connection_established"], on.Lost: ["Ended"]}.get(type(event), [])
            self.assertEqual(kinds(in_state(State.NEW).receive(event)), expected, event)

    def test_ended_ignores_everything(self) -> None:
        """Whatever was still on its way, typed or as it came from the socket."""
        driver = in_state(State.ENDED)
        told = on.Displaced()  # its socket may still be there
        for event in ({*CELLS} - {told}) | {on.Text(b"{"), on.Text(b"x" * 70000), on.Text(b'{"type":"ping"}')}:
            self.assertEqual(driver.receive(event), [], event)
            self.assertIsNone(driver.session.deadline())

    def test_an_event_of_neither_changes_nothing(self) -> None:
        """It is a fault of ours, and says so."""
        driver = in_state(State.STARTED)
        self.assertRaises(KeyError, driver.receive, object())
        self.assertIs(driver.state, State.STARTED)

    def test_ended_exactly_once_and_the_seat_returned(self) -> None:
        """From every state, by every event, followed by a loss of the socket."""
        for event in CELLS:
            for state in (State.NEW, *OPEN):
                driver = in_state(state)
                driver.receive(event)
                driver.receive(on.Lost())
                driver.receive(on.Lost())
                self.assertEqual(len(of(driver.actions, do.Ended)), 1, f"{event} in {state}")
                self.assertEqual(driver.admission.taken, 0, f"{event} in {state}")

    def test_nothing_is_sent_after_the_close(self) -> None:
        """The close comes after all that was to be said."""
        for event in CELLS:
            for state in OPEN:
                done = kinds(in_state(state).receive(event))
                if "Close" in done:
                    self.assertFalse(set(done[done.index("Close") + 1 :]) - {"AbortEngine", "Ended"})

    def test_dictation_before_start(self) -> None:
        """A fault of ours, by name."""
        with self.assertRaises(RuntimeError):
            _ = in_state(State.GREETED).session.dictation


class AfterStartTests(SynchronousTestCase):
    """What comes after start never ends the session, but for a frame that is too large."""

    def test_bad_messages_are_complained_of(self) -> None:
        """Non-JSON, or a known type with bad fields: not fatal."""
        driver = Driver().dictating()
        for text in (b"hello", b"", b"\xff", b"[]", b'{"type":"ping","id":[]}', b'{"type":"authenticate"}'):
            told = error(driver.receive(on.Text(text)))
            self.assertEqual((told["code"], told["fatal"]), ("INVALID_MESSAGE", False))
        self.assertIs(driver.state, State.STARTED)

    def test_unknown_types_are_ignored_and_counted(self) -> None:
        """A page may know more than we do."""
        driver = Driver().dictating()
        self.assertEqual(driver.say("hello"), [do.Counted("ignored")])
        self.assertEqual(driver.say("resume_transcription", sessionId="s", resumeToken="r"), [do.Counted("ignored")])

    def test_frames_above_the_limit(self) -> None:
        """Text or audio: 64 KiB pass, one byte more does not."""
        self.assertEqual(kinds(Driver().started().speak(bytes(65536))), ["OpenEngine", "Feed"])
        for event in (on.Audio(bytes(65537)), on.Text(b" " * 65537)):
            driver = Driver().dictating()
            actions = driver.receive(event)
            self.assertEqual((error(actions)["code"], close(actions).code), ("FRAME_TOO_LARGE", 1009))
            self.assertEqual(kinds(actions)[-2:], LOST)

    def test_commands_say_the_truth(self) -> None:
        """Nothing is saved here, and it says so; a voice command was carried out by the page."""
        driver = Driver().dictating()
        for name in ("save", "export"):
            (ack,) = messages(driver.say(f"cmd.{name}"))
            self.assertEqual((ack["cmd"], ack["ok"], ack["code"]), (name, False, "RETENTION_OFF"))
        (ack,) = messages(driver.say("voice_command", command="pause", timestamp=1))
        self.assertEqual(ack, {"type": "cmd_ack", "cmd": "voice_command", "ok": True})

    def test_audio_init_declares_before_start_only(self) -> None:
        """It is answered with what the audio is taken to be."""
        driver = Driver()
        driver.open()
        self.assertEqual(messages(driver.say("audio_init", sampleRate=48000))[0]["sampleRate"], 16000)
        driver.start(sampleRate=None, words=True)
        self.assertEqual(driver.session.dictation.sample_rate_hz, 48000)
        self.assertEqual(messages(driver.say("audio_init", sampleRate=8000))[0]["sampleRate"], 48000)


class SessionTests(SynchronousTestCase):
    """What a session is made of."""

    def test_sessions_share_nothing_but_the_seats(self) -> None:
        """One ends, the other goes on."""
        driver = Driver()
        other = Session("other", EngineFacts("embedded"), driver.admission, driver.limits)
        driver.dictating()
        other.receive(on.Opened(TIMESTAMP), driver.now)
        other.receive(START, driver.now)
        self.assertEqual(driver.admission.taken, 2)
        driver.receive(on.Lost())
        self.assertEqual((driver.admission.taken, other.state), (1, State.STARTED))
