"""Tests of alie.dictation, through its session: audio in, results out, flushes, pauses, ambient, the last words."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.session import State
from alie.speech import EngineFacts
from alie.transcript import Word
from tests.support.driving import FRAME, SESSION_ID, Driver, final, partial
from tests.support.reading import close, error, kinds, messages, of


class AudioTests(SynchronousTestCase):
    """Audio goes to the engine as whole samples, as it comes."""

    def test_frames_are_handed_on(self) -> None:
        """Each at once, uncopied where it is even."""
        driver = Driver().started()
        (feed,) = of(driver.speak(FRAME), do.Feed)
        self.assertIs(feed.audio, FRAME)

    def test_odd_bytes(self) -> None:
        """They wait for their other half; a single byte opens no engine."""
        driver = Driver().started()
        self.assertEqual(driver.speak(b"\x01"), [])
        self.assertEqual(of(driver.speak(b"\x02\x03"), do.Feed), [do.Feed(b"\x01\x02")])

    def test_empty_frames(self) -> None:
        """They open no engine either."""
        self.assertEqual(Driver().started().speak(b""), [])

    def test_the_engine_is_told_what_to_listen_for(self) -> None:
        """The start's words."""
        driver = Driver().started(
            languageCode="auto", sampleRate=44100, words=True, partials=False, vocabulary=["a"], mode="ambient"
        )
        (opening,) = of(driver.speak(), do.OpenEngine)
        spec = opening.spec
        self.assertEqual((spec.session_id, spec.language_code, spec.sample_rate_hz), (SESSION_ID, "auto", 44100))
        self.assertEqual((spec.wants_words, spec.wants_partials, spec.wants_speakers), (True, False, False))
        self.assertEqual(spec.vocabulary, ("a",))

    def test_ambient_needs_words(self) -> None:
        """For the items of its final, though the client did not ask."""
        (opening,) = of(Driver().started(mode="ambient").speak(), do.OpenEngine)
        self.assertTrue(opening.spec.wants_words)

    def test_a_doubtful_rate_is_weighed_before_the_engine_is_opened(self) -> None:
        """What was held is handed on when two seconds have passed, even if no more audio comes."""
        driver = Driver().started(sampleRate=44100)
        self.assertEqual(driver.speak(), [])
        actions = driver.wait(2.0)
        self.assertEqual(kinds(actions), ["OpenEngine", "Feed"])
        self.assertEqual(of(actions, do.OpenEngine)[0].spec.sample_rate_hz, 16000)

    def test_stop_while_a_rate_is_in_doubt(self) -> None:
        """No audio is lost for it."""
        driver = Driver().started(sampleRate=48000)
        driver.speak()
        self.assertEqual(kinds(driver.say("stop_transcription")), ["OpenEngine", "Feed", "FinishEngine"])


class ResultTests(SynchronousTestCase):
    """Results are passed on under their names and numbers."""

    def test_partials_and_final_of_one_segment(self) -> None:
        """One resultId, `seq` 1, 2, 3, and each Send names the segment for the outbox."""
        driver = Driver().dictating()
        actions = [*driver.hear(partial()), *driver.hear(partial(text="so far so")), *driver.hear(final())]
        told = messages(actions)
        self.assertEqual([(one["resultId"], one["seq"]) for one in told], [(f"{SESSION_ID}.1", n) for n in (1, 2, 3)])
        self.assertEqual([one["isFinal"] for one in told], [False, False, True])
        self.assertEqual([one["engine"] for one in told], ["embedded"] * 3)
        sends = of(actions, do.Send)
        self.assertEqual([bool(send.partial_of) for send in sends], [True, True, False])
        self.assertEqual({send.partial_of or send.final_of for send in sends}, {f"{SESSION_ID}.1"})

    def test_latency_is_counted(self) -> None:
        """From the arrival of the last audio in a result."""
        driver = Driver().dictating()
        driver.now += 0.5
        (counted,) = of(driver.hear(final()), do.Counted)
        self.assertEqual((counted.what, counted.delay_s), ("final", 0.5))

    def test_partials_that_are_not_wanted(self) -> None:
        """They take no number either."""
        driver = Driver().dictating(partials=False)
        self.assertEqual(driver.hear(partial()), [])
        self.assertEqual(messages(driver.hear(final()))[0]["seq"], 1)

    def test_late_results(self) -> None:
        """Nothing is told of a segment that has had its final."""
        driver = Driver().dictating()
        driver.hear(final())
        self.assertEqual([driver.hear(partial()), driver.hear(final())], [[], []])

    def test_words(self) -> None:
        """On finals, where the client asked."""
        self.assertIn("words", messages(Driver().dictating(words=True).hear(final()))[0])
        self.assertNotIn("words", messages(Driver().dictating().hear(final()))[0])

    def test_withdrawn_text(self) -> None:
        """It ends as an empty final and is no final in the account."""
        driver = Driver().dictating()
        driver.hear(partial())
        self.assertEqual(messages(driver.hear(final(text="")))[0]["text"], "")
        driver.say("stop_transcription")
        self.assertEqual(messages(driver.receive(on.EngineFinished()))[0]["finals"], 0)

    def test_results_after_stop(self) -> None:
        """The last words are sent while the engine settles what it has."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        self.assertEqual(messages(driver.hear(final()))[0]["isFinal"], True)


class FlushTests(SynchronousTestCase):
    """`flushed` comes after all results of what was heard before, in the order of the flushes."""

    def test_flush(self) -> None:
        """Its `seq` is the last result's."""
        driver = Driver().dictating()
        self.assertEqual(kinds(driver.say("flush")), ["FlushEngine"])
        driver.hear(final())
        self.assertEqual(messages(driver.receive(on.EngineFlushed())), [{"type": "flushed", "seq": 1}])
        self.assertEqual(kinds(driver.speak()), ["Feed"])

    def test_flush_before_any_audio(self) -> None:
        """Nothing was heard: answered at once."""
        self.assertEqual(messages(Driver().started().say("flush")), [{"type": "flushed", "seq": 0}])

    def test_flushes_and_pauses_in_turn(self) -> None:
        """Only what the client asked for is answered, each in its turn."""
        driver = Driver().dictating()
        driver.say("pause")
        driver.say("flush")
        driver.say("flush")
        answers = [kinds(driver.receive(on.EngineFlushed())) for _ in range(4)]
        self.assertEqual(answers, [[], ["flushed"], ["flushed"], []])

    def test_flush_then_stop(self) -> None:
        """The answer comes before the session's last word."""
        driver = Driver().dictating()
        driver.say("flush")
        driver.say("stop_transcription")
        self.assertEqual(kinds(driver.receive(on.EngineFlushed())), ["flushed"])
        self.assertEqual(kinds(driver.receive(on.EngineFinished()))[0], "transcription_complete")


class PauseTests(SynchronousTestCase):
    """When no audio comes, what was said must not wait for more."""

    def test_pause_finalises(self) -> None:
        """Once, however often it is said."""
        driver = Driver().dictating()
        self.assertEqual([kinds(driver.say("pause")), kinds(driver.say("pause"))], [["FlushEngine"], []])

    def test_pause_before_audio(self) -> None:
        """Nothing was said yet."""
        self.assertEqual(Driver().started().say("pause"), [])

    def test_silence_of_the_wire_is_a_pause(self) -> None:
        """After 5 s, once."""
        driver = Driver().dictating()
        self.assertEqual(driver.wait(4.9), [])
        self.assertEqual(kinds(driver.wait(0.2)), ["FlushEngine"])
        self.assertEqual(driver.wait(60), [])

    def test_audio_ends_a_pause(self) -> None:
        """Without `unpause`; the next silence is a pause of its own."""
        driver = Driver().dictating()
        driver.wait(6)
        self.assertEqual(kinds(driver.speak()), ["Feed"])
        self.assertEqual(kinds(driver.wait(6)), ["FlushEngine"])

    def test_unpause_does_nothing(self) -> None:
        """The audio itself does."""
        driver = Driver().dictating()
        driver.say("pause")
        self.assertEqual(driver.say("unpause"), [])

    def test_a_client_that_is_not_read_is_not_silent(self) -> None:
        """While the engine is full its audio waits in the socket: cutting there would cut a word."""
        driver = Driver().dictating()
        driver.receive(on.EngineBacklog(True))
        self.assertEqual(driver.wait(60), [])
        driver.receive(on.EngineBacklog(False))
        self.assertEqual(driver.wait(4.9), [])
        self.assertEqual(kinds(driver.wait(0.2)), ["FlushEngine"])

    def test_session_time_stands_still(self) -> None:
        """Pauses do not move it: only audio counts."""
        driver = Driver().dictating()
        driver.wait(300)
        driver.speak()
        driver.say("stop_transcription")
        complete = messages(driver.receive(on.EngineFinished()))[0]
        self.assertEqual(complete["audioSeconds"], 0.512)


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
            of(actions, do.Ended), [do.Ended("complete", 0.0, "en-US", audio_s=0.256, finals=1, lost_s=0.0)]
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
