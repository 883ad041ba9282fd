"""Tests of alie.session before any audio: greeting, first message, tokens, vocabulary, and who is an Alie client."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import events as on
from alie import wire
from alie.errors import EngineRejected
from alie.limits import Limits
from alie.session import State
from alie.speech import EngineFacts, StreamSpec
from tests.support.driving import FRAME, SESSION_ID, TIMESTAMP, Driver
from tests.support.reading import close, error, kinds, messages, of

REFUSED = ["transcription_error", "Close", "Ended"]


class OpeningTests(SynchronousTestCase):
    """Greeting, start, stream_ready: in this order, each once."""

    def test_greeting(self) -> None:
        """It has the session's id and the time."""
        (greeting,) = messages(Driver().open())
        self.assertEqual(greeting["payload"], {"sessionId": SESSION_ID, "timestamp": TIMESTAMP, "protocol": 1})

    def test_stream_ready_comes_at_once(self) -> None:
        """Before any engine is asked: the page prompts for the microphone only then."""
        driver = Driver()
        driver.open()
        actions = driver.start()
        self.assertEqual(kinds(actions), ["stream_ready"])
        (ready,) = messages(actions)
        self.assertEqual(
            {key: ready[key] for key in ("sessionId", "engine", "languageCode", "sampleRate", "speakerLabels")},
            {
                "sessionId": SESSION_ID,
                "engine": "embedded",
                "languageCode": "en-US",
                "sampleRate": 16000,
                "speakerLabels": False,
            },
        )

    def test_resume_is_offered_to_who_asks(self) -> None:
        """With how long the session will wait, and where to come back to."""
        driver = Driver()
        driver.open()
        (ready,) = messages(driver.start(ack=True, resume=True))
        self.assertEqual(
            (ready["resumeToken"], ready["resumeWindowSeconds"], ready["resumePath"]),
            ("token-1", 30, "/ws/transcription"),
        )

    def test_resume_is_not_offered_otherwise(self) -> None:
        """To plain clients, and where the operator has switched it off; what is not offered cannot be counted on."""
        for limits, fields in ((Limits(), {}), (Limits(resume_s=0), {"resume": True})):
            driver = Driver(limits=limits)
            driver.open()
            (ready,) = messages(driver.start(**fields))
            self.assertFalse({"resumeToken", "resumeWindowSeconds", "resumePath"} & set(ready))

    def test_the_engine_is_opened_on_the_first_audio(self) -> None:
        """And only once."""
        driver = Driver().started()
        self.assertEqual([kinds(driver.speak()), kinds(driver.speak())], [["OpenEngine", "Feed"], ["Feed"]])

    def test_a_second_start_is_ignored(self) -> None:
        """Whatever it says; only fields that cannot be read are complained of."""
        driver = Driver().dictating()
        self.assertEqual(driver.start(languageCode="fr-CA"), [do.Counted("ignored")])
        self.assertEqual(driver.start(languageCode="de-DE"), [do.Counted("ignored")])
        self.assertEqual(error(driver.start(words="yes"))["fatal"], False)
        self.assertEqual(driver.session.dictation.start.language_code, "en-US")

    def test_every_seat_taken(self) -> None:
        """The start is refused, to be tried again."""
        driver = Driver(seats=0)
        driver.open()
        actions = driver.start()
        self.assertEqual((error(actions)["code"], error(actions)["retryable"]), ("CAPACITY", True))
        self.assertEqual(close(actions).code, 1013)
        self.assertEqual(driver.admission.taken, 0)

    def test_parameters_that_the_engine_cannot_take(self) -> None:
        """Refused before there is any audio, in the engine's words; no seat is taken, not even the last one."""
        asked: list[StreamSpec] = []

        def check(spec: StreamSpec) -> None:
            asked.append(spec)
            raise EngineRejected("Language identification cannot be had with redaction")

        driver = Driver(EngineFacts("amazon", check=check), seats=0)
        driver.open()
        actions = driver.start(languageCode="auto", sampleRate=44100)
        self.assertEqual(kinds(actions), REFUSED)
        self.assertEqual((error(actions)["code"], error(actions)["retryable"]), ("ENGINE_REJECTED", False))
        self.assertEqual(close(actions), do.Close(1008, "Language identification cannot be had with redaction"))
        self.assertEqual((of(actions, do.Ended)[0].outcome, driver.admission.taken), ("ENGINE_REJECTED", 0))
        self.assertEqual([(spec.session_id, spec.language_code) for spec in asked], [(SESSION_ID, "auto")])

    def test_ambient_with_an_engine_that_knows_speakers(self) -> None:
        """Labels are promised in that mode and only there."""
        facts = EngineFacts("amazon", has_speaker_labels=True)
        for mode, expected in (("ambient", True), ("smart_dictation", False)):
            driver = Driver(facts)
            driver.open()
            self.assertEqual(messages(driver.start(mode=mode))[0]["speakerLabels"], expected)
            (opening,) = of(driver.speak(), do.OpenEngine)
            self.assertEqual(opening.spec.wants_speakers, expected)


class FirstMessageTests(SynchronousTestCase):
    """Whatever is not a good start ends the socket with a sentence and 1008."""

    def refused(self, *events: object) -> tuple[str, str, int]:
        """Code, sentence and close code that the last event earns."""
        driver = Driver()
        driver.open()
        for event in events[:-1]:
            driver.receive(event)
        actions = driver.receive(events[-1])
        self.assertEqual(kinds(actions), REFUSED)
        self.assertTrue(error(actions)["fatal"])
        self.assertIs(driver.state, State.ENDED)
        self.assertEqual(close(actions).reason, error(actions)["error"])
        return error(actions)["code"], error(actions)["error"], close(actions).code

    def test_not_json_binary_or_unknown(self) -> None:
        """With the contract's sentence."""
        expected = ("INVALID_MESSAGE", "Expected start_transcription JSON", 1008)
        for text in (b"hello", b"[]", b"{}", b'{"type":5}', b'{"type":"hello"}', b"", b"\xff"):
            self.assertEqual(self.refused(on.Text(text)), expected)
        for type_ in ("stop_transcription", "flush", "pause", "unpause", "cmd.save", "cmd.export", "voice_command"):
            self.assertEqual(self.refused(on.Text(b'{"type":"%s"}' % type_.encode())), expected)
        self.assertEqual(self.refused(on.Audio(FRAME)), expected)

    def test_bad_language(self) -> None:
        """With the contract's sentence."""
        text = b'{"type":"start_transcription","languageCode":"de-DE"}'
        self.assertEqual(self.refused(on.Text(text)), ("UNSUPPORTED_LANGUAGE", "Invalid languageCode", 1008))

    def test_bad_field(self) -> None:
        """It is named."""
        text = b'{"type":"start_transcription","languageCode":"en-US","words":1}'
        self.assertEqual(self.refused(on.Text(text)), ("INVALID_MESSAGE", "Field words must be true or false", 1008))

    def test_too_large(self) -> None:
        """Before it is read."""
        self.assertEqual(self.refused(on.Text(b" " * 65537))[::2], ("FRAME_TOO_LARGE", 1009))

    def test_after_a_ping(self) -> None:
        """What may come first does not count as the first message."""
        self.assertEqual(self.refused(wire.Ping(), wire.AudioInit(None), wire.Unknown())[2], 1008)

    def test_resume_is_not_found_and_a_start_may_follow(self) -> None:
        """A client that comes back to a daemon without its session begins another."""
        driver = Driver()
        driver.open()
        actions = driver.say("resume_transcription", sessionId="s", resumeToken="r", lastSeq=3)
        self.assertEqual(actions, [do.Claim("s", "r", 3)])
        told = error(driver.receive(on.Unclaimed()))
        self.assertEqual((told["code"], told["fatal"], told["retryable"]), ("SESSION_NOT_FOUND", False, False))
        self.assertEqual(kinds(driver.start(sampleRate=48000)), ["stream_ready"])
        self.assertTrue(driver.session.is_alie_client)


class TokenTests(SynchronousTestCase):
    """A socket that owes a token is refused: nothing can verify one yet, and nothing is let through."""

    def refused(self, type_: str, **fields: object) -> str:
        """The code that a message earns where a token is owed."""
        driver = Driver(is_token_owed=True)
        driver.open()
        actions = driver.say(type_, **fields)
        self.assertEqual((close(actions).code, driver.state), (1008, State.ENDED))
        return str(error(actions)["code"])

    def test_without_a_token(self) -> None:
        """AUTH_REQUIRED."""
        self.assertEqual(self.refused("start_transcription", languageCode="en-US"), "AUTH_REQUIRED")
        self.assertEqual(
            self.refused("resume_transcription", sessionId="s", resumeToken="r", lastSeq=0), "AUTH_REQUIRED"
        )

    def test_with_a_token(self) -> None:
        """It is verified before anything else is done; tests/test_proving.py goes on from here."""
        for type_, fields in (
            ("start_transcription", {"languageCode": "en-US"}),
            ("authenticate", {}),
            ("resume_transcription", {"sessionId": "s", "resumeToken": "r", "lastSeq": 0}),
        ):
            driver = Driver(is_token_owed=True)
            driver.open()
            self.assertEqual(driver.say(type_, token="t", **fields), [do.PauseReading(), do.Verify("t", 1)])

    def test_greeted_and_then_given_ten_seconds(self) -> None:
        """The sentence is the contract's."""
        driver = Driver(is_token_owed=True)
        self.assertEqual(kinds(driver.open()), ["connection_established"])
        self.assertEqual(driver.wait(9.9), [])
        actions = driver.wait(0.2)
        self.assertEqual((error(actions)["code"], close(actions)), (
            "AUTH_REQUIRED", do.Close(1008, "Authentication required")
        ))  # fmt: skip

    def test_where_none_is_owed(self) -> None:
        """A token does no harm, and nothing expires."""
        driver = Driver()
        driver.open()
        self.assertEqual(messages(driver.say("authenticate", token="t"))[0]["expiresAt"], None)
        self.assertEqual(kinds(driver.start(token="t")), ["stream_ready"])


class VocabularyTests(SynchronousTestCase):
    """Phrases bias the engine; a name is for an engine whose vendor keeps vocabularies."""

    def test_phrases(self) -> None:
        """They go to the engine."""
        driver = Driver().started(vocabulary=["métoprolol"])
        self.assertEqual(of(driver.speak(), do.OpenEngine)[0].spec.vocabulary, ("métoprolol",))

    def test_a_name_that_means_nothing_here(self) -> None:
        """The session goes on without it, and the client is told."""
        driver = Driver()
        driver.open()
        actions = driver.start(vocabulary="cardiology")
        self.assertEqual(kinds(actions), ["stream_ready", "transcription_error"])
        self.assertEqual((error(actions)["code"], error(actions)["fatal"]), ("ENGINE_REJECTED", False))
        self.assertIsNone(of(driver.speak(), do.OpenEngine)[0].spec.vocabulary_name)

    def test_phrases_that_mean_nothing_here(self) -> None:
        """The client is told; an engine that takes over may still know what to do with them."""
        driver = Driver(EngineFacts("amazon", takes_vocabulary_names=True, takes_phrases=False))
        driver.open()
        actions = driver.start(vocabulary=["métoprolol"])
        self.assertEqual(kinds(actions), ["stream_ready", "transcription_error"])
        self.assertEqual((error(actions)["code"], error(actions)["fatal"]), ("ENGINE_REJECTED", False))
        self.assertIn("name of a vocabulary", error(actions)["error"])
        self.assertEqual(of(driver.speak(), do.OpenEngine)[0].spec.vocabulary, ("métoprolol",))

    def test_no_vocabulary_no_warning(self) -> None:
        """Whatever the engine takes."""
        for names, phrases in ((True, False), (False, True)):
            driver = Driver(EngineFacts("amazon", takes_vocabulary_names=names, takes_phrases=phrases))
            driver.open()
            self.assertEqual(kinds(driver.start()), ["stream_ready"])

    def test_a_name_where_names_are_taken(self) -> None:
        """It goes to the engine."""
        driver = Driver(EngineFacts("amazon", takes_vocabulary_names=True)).started(vocabulary="cardiology")
        self.assertEqual(of(driver.speak(), do.OpenEngine)[0].spec.vocabulary_name, "cardiology")


class AlieClientTests(SynchronousTestCase):
    """Any field or message of ours makes an Alie client, before or after start."""

    def test_messages_that_show_one(self) -> None:
        """Each on its own."""
        for type_, fields in {
            "flush": {},
            "pause": {},
            "unpause": {},
            "authenticate": {"token": "t"},
            "ping": {"id": 1},
        }.items():
            driver = Driver().dictating()
            driver.say(type_, **fields)
            self.assertTrue(driver.session.is_alie_client, type_)

    def test_messages_of_the_contract_do_not(self) -> None:
        """Pages in production send these."""
        driver = Driver()
        driver.open()
        driver.say("audio_init", sampleRate=16000)
        driver.say("ping")
        driver.start(sessionId="x")
        for type_ in ("ping", "cmd.save", "voice_command", "anything"):
            driver.say(type_)
        self.assertFalse(driver.session.is_alie_client)

    def test_an_earlier_sign_is_enough_to_be_believed(self) -> None:
        """A ping with an id, then a plain start."""
        driver = Driver()
        driver.open()
        driver.say("ping", id="a")
        driver.start(sampleRate=44100)
        self.assertEqual(driver.session.dictation.sample_rate_hz, 44100)
