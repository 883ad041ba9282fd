"""Tests of alie.simulator.parameters: what the service takes and what it refuses."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.parameters import BadParameter, Options, options_of

BASE = {"media-encoding": "pcm", "sample-rate": "16000"}
ENGLISH = BASE | {"language-code": "en-US"}
EITHER = BASE | {"identify-language": "true", "language-options": "fr-CA,en-US"}


class TakenTests(SynchronousTestCase):
    """Good requests."""

    def test_the_least(self) -> None:
        """A language, an encoding and a rate."""
        self.assertEqual(
            options_of(ENGLISH), Options(16000, "en-US", (), False, False, False, False, frozenset(), None)
        )

    def test_everything(self) -> None:
        """That goes together."""
        options = options_of(
            ENGLISH
            | {
                "session-id": "7D8e7f0a-2f5c-4b52-9c1e-3b1d2e4f5a6b",
                "show-speaker-label": "true",
                "enable-partial-results-stabilization": "true",
                "partial-results-stability": "high",
                "content-redaction-type": "PII",
                "pii-entity-types": "NAME,PHONE",
                "vocabulary-name": "clinic.v2",
                "vocabulary-filter-name": "filter-1",
                "vocabulary-filter-method": "tag",
                "language-model-name": "model_1",
                "session-resume-window": "300",
                "transcript-format": "written",
            }
        )
        expected = Options(16000, "en-US", (), True, True, True, False, frozenset({"NAME", "PHONE"}), "tag")
        self.assertEqual(options, expected)

    def test_identification(self) -> None:
        """Between two languages, with one preferred and vocabularies for both."""
        options = options_of(EITHER | {"preferred-language": "fr-CA", "vocabulary-names": "fr,en"})
        self.assertEqual((options.language_code, options.language_options), (None, ("fr-CA", "en-US")))

    def test_all_types(self) -> None:
        """ALL is no type of its own."""
        options = options_of(ENGLISH | {"content-identification-type": "PII", "pii-entity-types": "ALL"})
        self.assertEqual((options.identifies, options.pii_types), (True, frozenset()))


class RefusedTests(SynchronousTestCase):
    """Each of these breaks one rule."""

    def test_values(self) -> None:
        """Out of range, or of another form."""
        for name, value in (
            ("sample-rate", "7999"),
            ("sample-rate", "48001"),
            ("sample-rate", "16e3"),
            ("media-encoding", "mp3"),
            ("session-id", "7d8e7f0a"),
            ("language-code", "english"),
            ("show-speaker-label", "yes"),
            ("vocabulary-name", "a b"),
            ("vocabulary-name", "v" * 201),
            ("vocabulary-filter-method", "hide"),
            ("session-resume-window", "301"),
            ("max-speaker-labels", "2"),
            ("x-amzn-transcribe-session-id", "7d8e7f0a-2f5c-4b52-9c1e-3b1d2e4f5a6b"),
        ):
            with self.assertRaisesRegex(BadParameter, name):
                options_of(ENGLISH | {name: value})

    def test_missing(self) -> None:
        """Encoding, rate, and one way to know the language."""
        for name in ENGLISH:
            with self.assertRaisesRegex(BadParameter, name):
                options_of({other: value for other, value in ENGLISH.items() if other != name})

    def test_what_excludes_each_other(self) -> None:
        """Two ways to know the language; lists with one language; redaction with many; both kinds of PII."""
        redaction, identification = {"content-redaction-type": "PII"}, {"content-identification-type": "PII"}
        for parameters in (
            ENGLISH | EITHER,
            EITHER | {"identify-multiple-languages": "true"},
            ENGLISH | {"vocabulary-names": "a,b"},
            ENGLISH | {"language-options": "fr-CA,en-US"},
            EITHER | {"vocabulary-name": "a"},
            EITHER | {"language-model-name": "a"},
            EITHER | redaction,
            EITHER | {"preferred-language": "de-DE"},
            EITHER | {"language-options": "en-US,en-GB"},
            BASE | {"identify-language": "true"},
            ENGLISH | redaction | identification,
            ENGLISH | {"pii-entity-types": "NAME"},
            ENGLISH | {"partial-results-stability": "high"},
            ENGLISH | {"number-of-channels": "2"},
            ENGLISH | {"media-encoding": "flac"},
        ):
            with self.assertRaises(BadParameter):
                options_of(parameters)
