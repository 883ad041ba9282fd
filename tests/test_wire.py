"""Tests of alie.wire: every message of the protocol, and every way to get one wrong."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import events as on
from alie import wire
from alie.errors import InvalidMessage, UnsupportedLanguage
from alie.transcript import Result

START = {"type": "start_transcription", "languageCode": "en-US", "sampleRate": 16000, "mode": "smart_dictation"}


def parse(**fields: Any) -> object:
    """Parses a message with these fields."""
    return wire.parse(json.dumps(fields))


def start(**fields: Any) -> wire.StartTranscription:
    """Parses what a page sends, with these fields added or changed."""
    parsed = parse(**{**START, **fields})
    assert isinstance(parsed, wire.StartTranscription)
    return parsed


class PageTests(SynchronousTestCase):
    """What the pages in production send is understood, and what they send wrongly is forgiven."""

    def test_start_as_the_pages_send_it(self) -> None:
        """The start of all three generations, byte for byte."""
        text = '{"type":"start_transcription","languageCode":"en-US","sampleRate":16000,"mode":"smart_dictation"}'
        expected = wire.StartTranscription("en-US", 16000, "smart_dictation")
        self.assertEqual(wire.parse(text), expected)
        self.assertEqual(wire.parse(text.encode()), expected)

    def test_start_needs_its_language_only(self) -> None:
        """Everything else has a default."""
        expected = wire.StartTranscription("fr-CA", None, "smart_dictation")
        self.assertEqual(parse(type="start_transcription", languageCode="fr-CA"), expected)

    def test_every_mode_is_kept(self) -> None:
        """The three modes of the contract."""
        for mode in ("word_for_word", "smart_dictation", "ambient"):
            self.assertEqual(start(mode=mode).mode, mode)

    def test_unknown_mode_is_smart_dictation(self) -> None:
        """A missing or unknown mode is no error, whatever its type."""
        for mode in ("transcribe", "", None, 3, [], {}, ["ambient"]):
            self.assertEqual(start(mode=mode).mode, "smart_dictation")

    def test_unknown_fields_are_ignored(self) -> None:
        """A page may say more than we know; it stays a plain client."""
        self.assertEqual(start(sessionId="dev-session-id", patient={"a": [1]}), start())
        self.assertFalse(start(sessionId=None).is_alie_client)

    def test_sample_rate_of_a_plain_client_is_never_an_error(self) -> None:
        """Nonsense counts as not said."""
        for rate in ("16000", True, None, -1, 0, 7999, 48001, 16000.5, 10**400, [16000], {}):
            self.assertIsNone(start(sampleRate=rate).declared_rate_hz, rate)

    def test_sample_rate_that_is_not_a_finite_number_is_not_said(self) -> None:
        """Python reads NaN and Infinity where JSON has no such thing."""
        for rate in ("NaN", "Infinity", "-Infinity", "1e999"):
            text = f'{{"type":"start_transcription","languageCode":"en-US","sampleRate":{rate}}}'
            parsed = wire.parse(text)
            assert isinstance(parsed, wire.StartTranscription)
            self.assertIsNone(parsed.declared_rate_hz)

    def test_sample_rate_bounds_are_inside(self) -> None:
        """8000 and 48000 themselves, as whole numbers or as floats without a fraction."""
        for rate in (8000, 44100, 48000):
            self.assertEqual(start(sampleRate=rate).declared_rate_hz, rate)
            self.assertEqual(start(sampleRate=float(rate)).declared_rate_hz, rate)

    def test_messages_without_fields(self) -> None:
        """Each is its type and nothing else; fields beside it do no harm."""
        for type_, expected in {
            "stop_transcription": wire.StopTranscription(),
            "flush": wire.Flush(),
            "pause": wire.Pause(),
            "unpause": wire.Unpause(),
            "cmd.save": wire.Command("save"),
            "cmd.export": wire.Command("export"),
            "voice_command": wire.VoiceCommand(),
        }.items():
            self.assertEqual(parse(type=type_), expected)
            self.assertEqual(parse(type=type_, command="pause", timestamp=1, sessionId=None), expected)

    def test_audio_init(self) -> None:
        """It declares a rate, or nothing where it says nonsense."""
        self.assertEqual(parse(type="audio_init", sampleRate=44100, frameMs=20), wire.AudioInit(44100))
        self.assertEqual(parse(type="audio_init", sampleRate="high"), wire.AudioInit(None))
        self.assertEqual(parse(type="audio_init"), wire.AudioInit(None))

    def test_unknown_type(self) -> None:
        """JSON with a type that is not of the protocol is understood as that."""
        for type_ in ("", "START_TRANSCRIPTION", "start_transcription ", "stream_ready", "\u0000"):
            self.assertEqual(parse(type=type_), wire.Unknown())


class LanguageTests(SynchronousTestCase):
    """Only the languages of the protocol open a session."""

    def test_refused_languages(self) -> None:
        """Other codes, other spellings and other types alike."""
        for language in ("en-us", "fr-FR", "fr", "", " en-US", None, 7, True, ["en-US"], {"en-US": 1}):
            with self.assertRaises(UnsupportedLanguage, msg=repr(language)):
                start(languageCode=language)

    def test_missing_language(self) -> None:
        """As if it were another one."""
        with self.assertRaises(UnsupportedLanguage) as caught:
            parse(type="start_transcription")
        self.assertEqual(caught.exception.sentence, "Invalid languageCode")

    def test_auto_is_for_alie_clients(self) -> None:
        """Who asks for it knows more than the contract."""
        self.assertTrue(start(languageCode="auto").is_alie_client)


class AlieStartTests(SynchronousTestCase):
    """What only Alie clients say is checked strictly; a refusal names the field, never its value."""

    def test_each_field_shows_an_alie_client(self) -> None:
        """Whatever it says."""
        for field, value in {
            "token": "t",
            "ack": False,
            "resume": False,
            "words": False,
            "partials": True,
            "vocabulary": [],
        }.items():
            self.assertTrue(start(**{field: value}).is_alie_client, field)

    def test_all_fields(self) -> None:
        """Each is carried."""
        parsed = start(token="t", ack=True, resume=True, words=True, partials=False, vocabulary=["  Tylenol "])
        self.assertEqual(
            parsed,
            wire.StartTranscription(
                language_code="en-US",
                declared_rate_hz=16000,
                is_alie_client=True,
                wants_words=True,
                wants_partials=False,
                vocabulary=("Tylenol",),
                token="t",
                wants_ack=True,
                wants_resume=True,
            ),
        )

    def test_vocabulary_by_name(self) -> None:
        """A string names a vocabulary kept elsewhere."""
        parsed = start(vocabulary="cardiology")
        self.assertEqual((parsed.vocabulary, parsed.vocabulary_name), ((), "cardiology"))

    def test_vocabulary_bounds_are_inside(self) -> None:
        """100 phrases of 100 characters, a name of 200."""
        self.assertEqual(len(start(vocabulary=["é" * 100] * 100).vocabulary), 100)
        self.assertEqual(start(vocabulary="n" * 200).vocabulary_name, "n" * 200)

    def test_refused_fields(self) -> None:
        """Each malformed field is refused by its name."""
        for field, bad in {
            "token": ["", 5, [], {}, "t" * 16_385],
            "ack": [1, "true", None, []],
            "resume": [0, "false", None, {}],
            "words": ["yes", None, 1],
            "partials": ["no", None, 0],
            "vocabulary": [
                "",
                "n" * 201,
                5,
                True,
                {},
                [""],
                ["  "],
                ["a\nb"],
                ["\ud800"],
                [1],
                [None],
                [["a"]],
                ["a"] * 101,
                ["a" * 101],
            ],
        }.items():
            for value in bad:
                with self.assertRaises(InvalidMessage, msg=f"{field}: {value!r}") as caught:
                    start(**{field: value})
                self.assertIn(f"Field {field} must be", caught.exception.sentence)

    def test_refused_rate(self) -> None:
        """An Alie client is believed, so it must say what can be believed."""
        for rate in ("16000", 7999, 48001, 16000.5, True, []):
            with self.assertRaises(InvalidMessage) as caught:
                start(words=True, sampleRate=rate)
            self.assertIn("sampleRate", caught.exception.sentence)
        self.assertIsNone(start(words=True, sampleRate=None).declared_rate_hz)

    def test_refusals_tell_no_value(self) -> None:
        """A token that is too long must not come back in an error, nor in a log."""
        secret = "s3cret" * 5000
        with self.assertRaises(InvalidMessage) as caught:
            start(token=secret)
        self.assertNotIn("s3cret", caught.exception.sentence)


class OtherMessageTests(SynchronousTestCase):
    """The rest of what Alie clients send."""

    def test_ping_gives_back_its_id(self) -> None:
        """A short string or a number, as it was."""
        for id_ in (None, "", "a-1", "é" * 200, 0, -1, 1.5, 2**63 - 1):
            self.assertEqual(parse(type="ping", id=id_), wire.Ping(id_))
        self.assertEqual(parse(type="ping"), wire.Ping(None))

    def test_ping_refuses_other_ids(self) -> None:
        """What could not be sent back as it was, or is too long to be one."""
        for id_ in ("a" * 201, "a\n", "\ud800", True, [], {}, 2**63, -(2**63), 10**300):
            with self.assertRaises(InvalidMessage, msg=repr(id_)):
                parse(type="ping", id=id_)
        for id_ in ("NaN", "Infinity", "1e400"):
            with self.assertRaises(InvalidMessage):
                wire.parse(f'{{"type":"ping","id":{id_}}}')

    def test_authenticate(self) -> None:
        """It must have a token."""
        self.assertEqual(parse(type="authenticate", token="t"), wire.Authenticate("t"))
        for token in (None, "", 5, "t" * 16_385):
            with self.assertRaises(InvalidMessage):
                parse(type="authenticate", token=token)

    def test_resume(self) -> None:
        """Its fields are carried; without `lastSeq` nothing was seen."""
        self.assertEqual(
            parse(type="resume_transcription", sessionId="s", resumeToken="r", lastSeq=7, token="t"),
            wire.ResumeTranscription("s", "r", 7, "t"),
        )
        self.assertEqual(
            parse(type="resume_transcription", sessionId="s", resumeToken="r"), wire.ResumeTranscription("s", "r", 0)
        )

    def test_resume_refuses(self) -> None:
        """Each malformed field by its name."""
        good = {"sessionId": "s", "resumeToken": "r", "lastSeq": 0}
        for field, bad in {
            "sessionId": [None, "", 5, "s" * 201],
            "resumeToken": [None, "", 5, "r" * 201],
            "lastSeq": [-1, 1.0, "1", True, None],
            "token": ["", 5],
        }.items():
            for value in bad:
                with self.assertRaises(InvalidMessage, msg=f"{field}: {value!r}") as caught:
                    parse(type="resume_transcription", **{**good, field: value})
                self.assertIn(field, caught.exception.sentence)


class EncodeTests(SynchronousTestCase):
    """Server messages are compact UTF-8 JSON that every browser reads."""

    def test_utf8_and_compact(self) -> None:
        """Accents travel as they are, without blanks between the fields."""
        self.assertEqual(wire.encode({"type": "é", "n": [1, None]}), '{"type":"é","n":[1,null]}'.encode())

    def test_never_nan(self) -> None:
        """NaN is not JSON: better no message than one that a page cannot read."""
        self.assertEqual(wire.encode({"n": float("nan")}), b'{"n":null}')


class SecretTests(SynchronousTestCase):
    """What must not be seen is not in a repr, which any traceback or failing test may show."""

    def test_messages(self) -> None:
        """Tokens of all kinds."""
        for parsed in (
            start(token="s3cret"),
            parse(type="authenticate", token="s3cret"),
            parse(type="resume_transcription", sessionId="s", resumeToken="s3cret", lastSeq=0, token="s3cret"),
        ):
            self.assertNotIn("s3cret", repr(parsed))

    def test_events_and_actions(self) -> None:
        """Tokens, words, sound and links."""
        for value in (
            on.Text(b"s3cret"),
            on.Audio(b"s3cret"),
            on.Heard(Result("e-1", 0.0, 1.0, "s3cret", is_final=True)),
            on.Exported("https://s3cret.example", ""),
            do.Send(b"s3cret"),
            do.Feed(b"s3cret"),
            do.Export("s3cret"),
            do.Verify("s3cret", 1),
        ):
            self.assertNotIn("s3cret", repr(value))
