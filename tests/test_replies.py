"""Tests of alie.replies and alie.transcript: every server message in the shape of the protocol, and always JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie import replies, wire
from alie.ambient.final import Consultation
from alie.errors import Capacity, RetentionOff
from alie.transcript import Entity, Result, Word

FINAL = Result(
    segment_id="e-1",
    start_s=0.0,
    end_s=1.5,
    text="Bonjour.",
    is_final=True,
    words=(
        Word("Bonjour", 0.0, 1.5, confidence=0.5, speaker="spk_0"),
        Word(".", 1.5, 1.5, is_punctuation=True, speaker="spk_0"),
    ),
)


class ProofTests(SynchronousTestCase):
    """What is said of proof, and of exports."""

    def test_expiry(self) -> None:
        """In seconds before, and as a moment once it is renewed."""
        self.assertEqual(replies.auth_expiring(120), {"type": "auth_expiring", "expiresInSeconds": 120})
        self.assertEqual(replies.authenticated("t"), {"type": "authenticated", "expiresAt": "t"})
        self.assertEqual(replies.authenticated(None), {"type": "authenticated", "expiresAt": None})

    def test_export(self) -> None:
        """An ack as any other, with the link."""
        self.assertEqual(
            replies.export_ack("https://s3.example/1", "t"),
            {"type": "cmd_ack", "cmd": "export", "ok": True, "url": "https://s3.example/1", "expiresAt": "t"},
        )


class GreetingTests(SynchronousTestCase):
    """What is said before any audio."""

    def test_connection_established(self) -> None:
        """The contract's payload, and the protocol's version."""
        self.assertEqual(
            replies.connection_established("id", "2025-09-30T12:00:00.000Z"),
            {
                "type": "connection_established",
                "payload": {"sessionId": "id", "timestamp": "2025-09-30T12:00:00.000Z", "protocol": 1},
            },
        )

    def test_stream_ready(self) -> None:
        """It names the engine and what the audio is taken to be."""
        message = replies.stream_ready(
            "id", engine="embedded", language_code="fr-CA", sample_rate_hz=16000, speaker_labels=False
        )
        self.assertEqual(
            message,
            {
                "type": "stream_ready",
                "sessionId": "id",
                "engine": "embedded",
                "languageCode": "fr-CA",
                "sampleRate": 16000,
                "speakerLabels": False,
            },
        )


class ResultTests(SynchronousTestCase):
    """A result carries the contract's fields, and the others only where an engine really gave them."""

    def test_plain_final(self) -> None:
        """The keys of the contract plus `seq` and `engine`; no confidence or language is made up."""
        result = Result("e-1", 0.5, 1.25, "Hello.", is_final=True)
        self.assertEqual(
            replies.transcription_result(result, result_id="s.1", seq=3, engine="embedded"),
            {
                "type": "transcription_result",
                "resultId": "s.1",
                "startTime": 0.5,
                "endTime": 1.25,
                "text": "Hello.",
                "isFinal": True,
                "speaker": None,
                "seq": 3,
                "engine": "embedded",
            },
        )

    def test_speaker_confidence_and_language(self) -> None:
        """Told where known: the first word's speaker, the mean over the words that have a confidence."""
        result = Result("e", 0, 1, "a b", True, words=(Word("a", 0, 1, 0.4), Word("b", 0, 1, 1.0, "spk_1"),
                                                       Word(".", 1, 1, None)), language_code="fr-CA")  # fmt: skip
        message = replies.transcription_result(result, result_id="s.1", seq=1, engine="amazon")
        self.assertEqual(
            (message["speaker"], message["confidence_score"], message["language_detected"]), ("spk_1", 0.7, "fr-CA")
        )

    def test_no_confidence_at_all(self) -> None:
        """The key is absent, as in the original."""
        result = Result("e", 0, 1, "a", True, words=(Word("a", 0, 1),))
        self.assertIsNone(result.confidence)
        message = replies.transcription_result(result, result_id="s.1", seq=1, engine="embedded", with_words=True)
        self.assertNotIn("confidence_score", message)
        self.assertIsNone(message["words"][0]["confidence"])

    def test_words_of_a_final(self) -> None:
        """Only where asked for."""
        message = replies.transcription_result(FINAL, result_id="s.1", seq=1, engine="embedded", with_words=True)
        self.assertEqual(
            message["words"],
            [
                {"text": "Bonjour", "startTime": 0.0, "endTime": 1.5, "confidence": 0.5},
                {"text": ".", "startTime": 1.5, "endTime": 1.5, "confidence": None},
            ],
        )
        self.assertNotIn("words", replies.transcription_result(FINAL, result_id="s.1", seq=1, engine="embedded"))
        message = replies.transcription_result(
            Result("e", 0, 1, "Yes.", True), result_id="s.1", seq=1, engine="embedded", with_words=True
        )
        self.assertEqual(message["words"], [])

    def test_words_of_a_partial(self) -> None:
        """Where asked for and there; each says whether it will change, if the engine does."""
        words = (Word("Bon", 0.0, 0.25, 0.5, is_stable=True), Word("jour", 0.25, 0.5, is_stable=False))
        partial = Result("e", 0, 1, "Bon jour", is_final=False, words=words)
        message = replies.transcription_result(partial, result_id="s.1", seq=1, engine="amazon", with_words=True)
        self.assertEqual(
            message["words"],
            [
                {"text": "Bon", "startTime": 0.0, "endTime": 0.25, "confidence": 0.5, "stable": True},
                {"text": "jour", "startTime": 0.25, "endTime": 0.5, "confidence": None, "stable": False},
            ],
        )
        self.assertNotIn("words", replies.transcription_result(partial, result_id="s.1", seq=1, engine="amazon"))
        silent = Result("e", 0, 1, "Bon", is_final=False)
        message = replies.transcription_result(silent, result_id="s.1", seq=1, engine="amazon", with_words=True)
        self.assertNotIn("words", message)

    def test_punctuation_has_no_part_in_the_confidence(self) -> None:
        """Engines give marks 0 or 1, which says nothing of the words."""
        words = (Word("a", 0, 1, 0.5), Word("b", 0, 1, 0.75), Word(".", 1, 1, 0.0, is_punctuation=True))
        message = replies.transcription_result(
            Result("e", 0, 1, "a b.", True, words=words), result_id="s.1", seq=1, engine="amazon"
        )
        self.assertEqual(message["confidence_score"], 0.625)
        only_mark = Result("e", 0, 1, ".", True, words=words[2:])
        self.assertIsNone(only_mark.confidence)

    def test_entities_of_a_final(self) -> None:
        """Where and of what kind, never what; only where there are any."""
        entities = (Entity("PII", "NAME", 0.5, 1.0, 0.99996), Entity("PII", "PHONE", 1.0, 1.5))
        heard = Result("e", 0, 2, "I am [NAME].", True, entities=entities)
        message = replies.transcription_result(heard, result_id="s.1", seq=1, engine="amazon", offset_s=10)
        self.assertEqual(
            message["entities"],
            [
                {"category": "PII", "type": "NAME", "startTime": 10.5, "endTime": 11.0, "confidence": 1.0},
                {"category": "PII", "type": "PHONE", "startTime": 11.0, "endTime": 11.5, "confidence": None},
            ],
        )
        for other in (replace(heard, is_final=False), replace(heard, entities=())):
            message = replies.transcription_result(other, result_id="s.1", seq=1, engine="amazon")
            self.assertNotIn("entities", message)

    def test_engine_that_heard_it(self) -> None:
        """The result knows best; the session's engine where it does not say."""
        heard = Result("e", 0, 1, "Yes.", True, engine="embedded")
        told = [
            replies.transcription_result(result, result_id="s.1", seq=1, engine="amazon")["engine"]
            for result in (heard, replace(heard, engine=None))
        ]
        self.assertEqual(told, ["embedded", "amazon"])

    def test_offset_moves_all_times(self) -> None:
        """An engine's clock may begin later than the session's."""
        message = replies.transcription_result(
            FINAL, result_id="s.1", seq=1, engine="embedded", offset_s=60.0, with_words=True
        )
        self.assertEqual((message["startTime"], message["endTime"]), (60.0, 61.5))
        self.assertEqual(message["words"][0]["startTime"], 60.0)


class AnswerTests(SynchronousTestCase):
    """The small messages."""

    def test_errors(self) -> None:
        """A sentence for people, a code for programs."""
        for is_fatal in (True, False):
            self.assertEqual(
                replies.transcription_error(Capacity(), is_fatal=is_fatal),
                {
                    "type": "transcription_error",
                    "error": Capacity.default_sentence,
                    "code": "CAPACITY",
                    "retryable": True,
                    "fatal": is_fatal,
                },
            )

    def test_complete(self) -> None:
        """An honest account."""
        self.assertEqual(
            replies.transcription_complete(audio_s=12.34567, finals=3, lost_s=0.0),
            {"type": "transcription_complete", "audioSeconds": 12.346, "finals": 3, "lostSeconds": 0.0},
        )

    def test_commands(self) -> None:
        """Done, or not and why."""
        self.assertEqual(replies.cmd_ack("voice_command"), {"type": "cmd_ack", "cmd": "voice_command", "ok": True})
        refused = replies.cmd_ack("save", RetentionOff())
        self.assertEqual((refused["ok"], refused["code"], bool(refused["error"])), (False, "RETENTION_OFF", True))
        self.assertEqual(replies.audio_init_ack(16000)["sampleRate"], 16000)

    def test_pong(self) -> None:
        """With the id that was asked with, 0 and "" too; without one, none."""
        self.assertEqual(replies.pong(None), {"type": "pong"})
        self.assertEqual(replies.pong(0), {"type": "pong", "id": 0})
        self.assertEqual(replies.pong(""), {"type": "pong", "id": ""})

    def test_others(self) -> None:
        """One field each."""
        self.assertEqual(replies.flushed(7), {"type": "flushed", "seq": 7})
        self.assertEqual(replies.authenticated(None), {"type": "authenticated", "expiresAt": None})
        self.assertEqual(replies.server_draining(2), {"type": "server_draining", "reconnectAfterSeconds": 2})


class AmbientTests(SynchronousTestCase):
    """`transcription_final`: the payload is `alie.ambient.final`'s."""

    def test_envelope(self) -> None:
        """Named and of its mode, with nothing else in it."""
        consultation = Consultation()
        consultation.add(FINAL)
        self.assertEqual(
            json.loads(replies.transcription_final(consultation)),
            {"type": "transcription_final", "mode": "ambient", "payload": json.loads(consultation.payload())},
        )


TIMES = st.floats(0, 20000, allow_nan=False)
WORDS = st.builds(
    Word, st.text(), TIMES, TIMES, st.none() | st.floats(0, 1), st.none() | st.sampled_from(["spk_0"]), st.booleans()
)
RESULTS = st.builds(
    Result, st.text(), TIMES, TIMES, st.text(), st.booleans(), st.lists(WORDS, max_size=3).map(tuple), st.none()
)


class PropertyTests(SynchronousTestCase):
    """Whatever an engine hears can be sent."""

    @given(RESULTS, st.booleans())
    @settings(deadline=None, max_examples=60)
    def test_results_always_encode(self, result: Result, with_words: bool) -> None:
        """The message decodes to what was said."""
        message = replies.transcription_result(result, result_id="s.1", seq=1, engine="embedded", with_words=with_words)
        self.assertEqual(json.loads(wire.encode(message))["text"], result.text)

    @given(st.lists(RESULTS, max_size=3))
    @settings(deadline=None, max_examples=60)
    def test_ambient_finals_always_encode(self, results: list[Result]) -> None:
        """Every number in it is a string that reads as a number."""
        consultation = Consultation()
        for result in results:
            consultation.add(result)
        payload = json.loads(replies.transcription_final(consultation))["payload"]
        for item in payload["results"]["items"]:
            for text in (item["start_time"], item["end_time"], item["alternatives"][0]["confidence"]):
                self.assertGreaterEqual(float(text), 0)
