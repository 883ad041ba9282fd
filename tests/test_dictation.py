"""Tests of alie.dictation, through its session: audio in, results out, flushes, pauses, ambient, the last words."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import events as on
from tests.support.driving import FRAME, SESSION_ID, Driver, final, partial
from tests.support.reading import kinds, messages, of


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
