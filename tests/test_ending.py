"""Tests of how a dictation ends: stop, ambient's final, a dead engine; the last words are always told."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.session import State
from alie.speech import EngineFacts
from alie.transcript import Word
from tests.support.driving import Driver, final, partial
from tests.support.reading import close, error, kinds, messages, of


class StopTests(SynchronousTestCase):
    """`stop_transcription`: all that is left, the account, and the close."""

    def test_stop(self) -> None:
        """The engine settles what it has; then the session's last word."""
        driver = Driver().dictating()
        self.assertEqual(kinds(driver.say("stop_transcription")), ["FinishEngine"])
        driver.hear(final())
        actions = driver.receive(on.EngineFinished())
        self.assertEqual(
            messages(actions),
            [{"type": "transcription_complete", "audioSeconds": 0.256, "finals": 1, "lostSeconds": 0.0}],
        )
        self.assertEqual(close(actions), do.Close(1000, ""))
        self.assertEqual(
            of(actions, do.Ended), [do.Ended("complete", 0.0, "en-US", 0.256, 1, 0.0, 8192, ("embedded",))]
        )

    def test_stop_without_audio(self) -> None:
        """No engine was opened, none is waited for."""
        actions = Driver().started().say("stop_transcription")
        self.assertEqual(kinds(actions), ["transcription_complete", "Close", "AbortEngine", "Ended"])

    def test_audio_and_commands_after_stop(self) -> None:
        """Ignored; a ping is answered still."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        self.assertEqual(driver.speak(), [do.Counted("ignored")])
        self.assertEqual(driver.say("stop_transcription"), [do.Counted("ignored")])
        self.assertEqual(kinds(driver.say("ping", id=1)), ["pong"])

    def test_a_segment_that_the_engine_left_open(self) -> None:
        """What was shown gets its final all the same."""
        driver = Driver().dictating()
        driver.hear(partial())
        driver.say("stop_transcription")
        told = messages(driver.receive(on.EngineFinished()))
        self.assertEqual([one["type"] for one in told], ["transcription_result", "transcription_complete"])
        self.assertEqual((told[0]["isFinal"], told[0]["text"], told[1]["finals"]), (True, "so far", 1))

    def test_the_page_closes_right_after_stop(self) -> None:
        """As all pages in production do: nothing is sent into the void, the engine is aborted, the seat is free."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        self.assertEqual(kinds(driver.receive(on.Lost())), ["AbortEngine", "Ended"])
        self.assertEqual((driver.hear(final()), driver.admission.taken), ([], 0))


class AmbientTests(SynchronousTestCase):
    """`transcription_final` comes in ambient mode, and only after stop: earlier it would stop the page."""

    def test_final_after_stop(self) -> None:
        """All finals with text, in order, before the session's last word."""
        driver = Driver().dictating(mode="ambient")
        driver.hear(partial())
        driver.hear(final(text="One."))
        driver.hear(final("e-2", text="Two."))
        driver.hear(partial("e-3"))
        driver.hear(final("e-3", text=""))
        self.assertEqual(messages(driver.actions, "transcription_final"), [])
        driver.say("stop_transcription")
        told = messages(driver.receive(on.EngineFinished()))
        self.assertEqual([one["type"] for one in told], ["transcription_final", "transcription_complete"])
        transcripts = told[0]["payload"]["results"]["transcripts"]
        self.assertEqual(transcripts, [{"transcript": "One."}, {"transcript": "Two."}])
        self.assertEqual(len(told[0]["payload"]["results"]["items"]), 2)

    def test_speakers(self) -> None:
        """Filled in where the engine knows them."""
        driver = Driver(EngineFacts("amazon", has_speaker_labels=True)).dictating(mode="ambient")
        driver.hear(replace(final(), words=(Word("So", 0.0, 0.2, 0.9, "spk_1"),)))
        driver.say("stop_transcription")
        payload = messages(driver.receive(on.EngineFinished()))[0]["payload"]
        self.assertEqual(payload["speaker_labels"]["segments"][0]["speaker_label"], "spk_1")

    def test_not_in_other_modes(self) -> None:
        """The page would not know it."""
        driver = Driver().dictating(mode="word_for_word")
        driver.say("stop_transcription")
        self.assertEqual(messages(driver.receive(on.EngineFinished()), "transcription_final"), [])

    def test_not_when_it_ends_otherwise(self) -> None:
        """Only after stop."""
        driver = Driver().dictating(mode="ambient")
        driver.hear(final())
        self.assertEqual(messages(driver.fail(errors.EngineUnavailable()), "transcription_final"), [])


class EngineFailureTests(SynchronousTestCase):
    """An engine that fails ends its session, honestly and at once."""

    def test_open_segments_get_their_final(self) -> None:
        """What was seen stays; then the error, the close, and nothing more."""
        driver = Driver().dictating()
        driver.hear(partial("e-1", "one"))
        driver.hear(partial("e-2", "two"))
        actions = driver.fail(errors.EngineUnavailable())
        told = messages(actions)
        self.assertEqual([(one["text"], one["isFinal"]) for one in told[:2]], [("one", True), ("two", True)])
        self.assertEqual((told[2]["code"], told[2]["fatal"], close(actions).code), ("ENGINE_UNAVAILABLE", True, 1011))
        self.assertEqual((driver.state, driver.hear(final())), (State.ENDED, []))

    def test_a_fault_of_ours_tells_no_cause(self) -> None:
        """Only that there was one."""
        told = error(Driver().dictating().fail(errors.Internal()))
        self.assertEqual((told["code"], told["error"]), ("INTERNAL", "Internal error"))

    def test_the_account_is_honest(self) -> None:
        """Audio that the dead engine told nothing of counts as lost; what was shown does not."""
        driver = Driver().dictating()
        driver.speak()
        driver.hear(partial(end_s=0.25))
        (ended,) = of(driver.fail(errors.EngineUnavailable()), do.Ended)
        self.assertEqual((ended.audio_s, round(ended.lost_s, 3), ended.finals), (0.512, 0.262, 1))
        (ended,) = of(Driver().dictating().fail(errors.Capacity()), do.Ended)
        self.assertEqual(ended.lost_s, ended.audio_s)

    def test_while_finishing(self) -> None:
        """As before."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        self.assertEqual(close(driver.fail(errors.EngineUnavailable())).code, 1011)

    def test_a_frame_too_large_ends_open_segments_too(self) -> None:
        """Every resultId once shown gets its final, whatever ends the session."""
        driver = Driver().dictating()
        driver.hear(partial())
        self.assertEqual(messages(driver.speak(bytes(65537)))[0]["isFinal"], True)


class BacklogTests(SynchronousTestCase):
    """A full engine stops the reading of the socket."""

    def test_backlog(self) -> None:
        """Until there is room again."""
        driver = Driver().dictating()
        self.assertEqual(driver.receive(on.EngineBacklog(True)), [do.PauseReading()])
        self.assertEqual(driver.receive(on.EngineBacklog(False)), [do.ResumeReading()])

    def test_after_stop_the_socket_is_read(self) -> None:
        """Or a client's close would not be seen."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        self.assertEqual(driver.receive(on.EngineBacklog(True)), [])
