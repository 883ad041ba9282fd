"""Tests of alie.dictation, through its session: audio in, results out, flushes, pauses, the state of the engine."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.speech import EngineFacts
from tests.support.driving import FRAME, SESSION_ID, Driver, final, partial
from tests.support.reading import error, kinds, messages, of


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


class EngineStatusTests(SynchronousTestCase):
    """An engine leg that fails and comes back: whoever knows the message is told at once, others if it matters."""

    TROUBLE = on.EngineStatus("recovering", "amazon", errors.EngineUnavailable())
    THROTTLED = on.EngineStatus("recovering", "amazon", errors.EngineThrottled())
    WELL = on.EngineStatus("live", "amazon")
    ELSEWHERE = on.EngineStatus("failed_over", "embedded")

    def plain(self) -> Driver:
        """A page in production."""
        return Driver(EngineFacts("amazon")).dictating()

    def test_alie_clients_are_told_everything_at_once(self) -> None:
        """With the code of the trouble, where there is one."""
        driver = Driver(EngineFacts("amazon")).dictating(words=True)
        told = [messages(driver.receive(event))[0] for event in (self.TROUBLE, self.WELL, self.ELSEWHERE)]
        self.assertEqual([one["type"] for one in told], ["engine_status"] * 3)
        self.assertEqual([one["state"] for one in told], ["recovering", "live", "failed_over"])
        self.assertEqual([one["engine"] for one in told], ["amazon", "amazon", "embedded"])
        self.assertEqual([one.get("code") for one in told], ["ENGINE_UNAVAILABLE", None, None])
        self.assertEqual(of(driver.wait(60), do.Send), [])

    def test_plain_clients_are_warned_of_trouble_that_lasts(self) -> None:
        """Once, after five seconds, and the session goes on."""
        driver = self.plain()
        self.assertEqual(driver.receive(self.TROUBLE), [])
        self.assertEqual(of(driver.wait(4.9), do.Send), [])
        told = error(driver.wait(0.2))
        self.assertEqual((told["code"], told["fatal"], told["retryable"]), ("ENGINE_UNAVAILABLE", False, True))
        self.assertEqual(driver.receive(self.THROTTLED), [])
        self.assertEqual(of(driver.wait(60), do.Send), [])
        self.assertEqual(kinds(driver.speak()), ["Feed"])

    def test_plain_clients_are_not_bothered_with_less(self) -> None:
        """It is live again, here or elsewhere, before that."""
        for well in (self.WELL, self.ELSEWHERE):
            driver = self.plain()
            driver.receive(self.TROUBLE)
            driver.wait(4.0)
            self.assertEqual(driver.receive(well), [])
            self.assertEqual(of(driver.wait(10), do.Send), [])

    def test_the_time_counts_from_the_first_word_of_it(self) -> None:
        """Further failures put nothing off; the first is what is told."""
        driver = self.plain()
        driver.receive(self.TROUBLE)
        driver.wait(3.0)
        driver.receive(self.THROTTLED)
        self.assertEqual(error(driver.wait(2.1))["code"], "ENGINE_UNAVAILABLE")

    def test_another_trouble_is_told_again(self) -> None:
        """Each that lasts, once."""
        driver = self.plain()
        for event, code in ((self.TROUBLE, "ENGINE_UNAVAILABLE"), (self.THROTTLED, "ENGINE_THROTTLED")):
            driver.receive(event)
            self.assertEqual(error(driver.wait(5.1))["code"], code)
            driver.receive(self.WELL)

    def test_a_client_that_turns_out_to_be_of_ours_in_the_middle(self) -> None:
        """What is over is not warned of."""
        driver = self.plain()
        driver.receive(self.TROUBLE)
        driver.say("ping", id=1)
        self.assertEqual(kinds(driver.receive(self.WELL)), ["engine_status"])
        self.assertEqual(of(driver.wait(10), do.Send), [])

    def test_while_the_engine_settles_the_rest(self) -> None:
        """An Alie client is told then, too; a plain one waits for the end as always."""
        driver = Driver(EngineFacts("amazon")).dictating(words=True)
        driver.say("stop_transcription")
        self.assertEqual(kinds(driver.receive(self.TROUBLE)), ["engine_status"])
        driver = self.plain()
        driver.say("stop_transcription")
        self.assertEqual(driver.receive(self.TROUBLE) + driver.wait(10), [])

    def test_results_say_who_heard_them(self) -> None:
        """The engine that took over, not the one that was announced."""
        driver = self.plain()
        (told,) = messages(driver.hear(replace(final(), engine="embedded")))
        self.assertEqual(told["engine"], "embedded")
        self.assertEqual(messages(driver.hear(final("e-2")))[0]["engine"], "amazon")

    def test_no_engine_is_left(self) -> None:
        """Then the session ends, with what was shown and the truth about what was lost."""
        driver = self.plain()
        driver.hear(partial())
        driver.receive(self.TROUBLE)
        actions = driver.fail(errors.EngineUnavailable())
        self.assertEqual(
            kinds(actions), ["transcription_result", "transcription_error", "Close", "AbortEngine", "Ended"]
        )
        self.assertEqual((error(actions)["fatal"], of(actions, do.Ended)[0].lost_s), (True, 0.006))
