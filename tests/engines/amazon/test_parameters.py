"""What is asked of the service, and what is refused before."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.parameters import parameters
from alie.errors import EngineRejected
from alie.speech import StreamSpec

SESSION = "7d3a9d1e-4a51-4f43-9c77-0a7b4ef51c9e"
EXTRAS = AmazonOptions(
    vocabularies={"fr-CA": "clinique", "en-US": "clinic"},
    filters={"fr-CA": "gros-mots", "en-US": "swear"},
    filter_method="remove",
    language_models={"en-US": "cardio"},
)


def asked(language_code: str = "fr-CA", options: AmazonOptions | None = None, **fields: Any) -> dict[str, str]:
    return parameters(StreamSpec(SESSION, language_code, **fields), options or AmazonOptions(stability="off"))


class Parameters(SynchronousTestCase):
    """What is asked of the service."""

    def test_the_least_that_can_be_asked(self) -> None:
        self.assertEqual(
            asked(sample_rate_hz=48000),
            {"language-code": "fr-CA", "media-encoding": "pcm", "sample-rate": "48000", "session-id": SESSION},
        )

    def test_speakers(self) -> None:
        self.assertEqual(asked(wants_speakers=True)["show-speaker-label"], "true")

    def test_partials_are_stabilised_as_configured(self) -> None:
        for stability in ("high", "medium", "low"):
            found = asked(options=AmazonOptions(stability=stability))
            self.assertEqual(found["enable-partial-results-stabilization"], "true")
            self.assertEqual(found["partial-results-stability"], stability)

    def test_partials_that_nobody_sees_are_not_stabilised(self) -> None:
        for found in (asked(options=AmazonOptions(), wants_partials=False), asked(options=AmazonOptions(pii="redact"))):
            self.assertNotIn("enable-partial-results-stabilization", found)
            self.assertNotIn("partial-results-stability", found)

    def test_a_language_is_identified_between_two(self) -> None:
        found = asked("auto")
        self.assertNotIn("language-code", found)
        self.assertEqual(found["identify-language"], "true")
        self.assertEqual(found["language-options"], "fr-CA,en-US")
        self.assertNotIn("preferred-language", found)

    def test_one_of_them_may_be_presumed(self) -> None:
        options = AmazonOptions(preferred_language="fr-CA")
        self.assertEqual(asked("auto", options)["preferred-language"], "fr-CA")
        self.assertNotIn("preferred-language", asked("fr-CA", options))

    def test_what_is_configured_for_the_language_comes_with_it(self) -> None:
        found = asked("en-US", EXTRAS)
        self.assertEqual(found["vocabulary-name"], "clinic")
        self.assertEqual(found["vocabulary-filter-name"], "swear")
        self.assertEqual(found["vocabulary-filter-method"], "remove")
        self.assertEqual(found["language-model-name"], "cardio")

    def test_what_is_configured_for_another_language_does_not(self) -> None:
        self.assertNotIn("language-model-name", asked("fr-CA", EXTRAS))

    def test_the_clients_vocabulary_wins(self) -> None:
        self.assertEqual(asked("en-US", EXTRAS, vocabulary_name="mine")["vocabulary-name"], "mine")

    def test_phrases_are_left_out(self) -> None:
        self.assertEqual(asked(vocabulary=("stent",)), asked())

    def test_identification_takes_a_vocabulary_and_a_filter_for_each_language(self) -> None:
        options = AmazonOptions(vocabularies=EXTRAS.vocabularies, filters=EXTRAS.filters)
        found = asked("auto", options)
        self.assertEqual(found["vocabulary-names"], "clinique,clinic")
        self.assertEqual(found["vocabulary-filter-names"], "gros-mots,swear")
        self.assertEqual(found["vocabulary-filter-method"], "mask")
        self.assertNotIn("vocabulary-name", found)
        self.assertNotIn("vocabulary-filter-name", found)

    def test_without_extras_only_what_protects_privacy_stays(self) -> None:
        options = AmazonOptions(
            vocabularies=EXTRAS.vocabularies, filters=EXTRAS.filters, language_models={"fr-CA": "m"}, pii="redact"
        )
        plain = asked("fr-CA", AmazonOptions(filters=EXTRAS.filters, pii="redact"))
        self.assertEqual(asked("fr-CA", options, vocabulary_name="mine", without_extras=True), plain)
        self.assertEqual(plain["content-redaction-type"], "PII")

    def test_personal_information_is_redacted_or_identified(self) -> None:
        redacted = asked(options=AmazonOptions(pii="redact", pii_types=("NAME", "PHONE")))
        self.assertEqual(redacted["content-redaction-type"], "PII")
        self.assertEqual(redacted["pii-entity-types"], "NAME,PHONE")
        self.assertNotIn("content-identification-type", redacted)
        identified = asked(options=AmazonOptions(pii="identify"))
        self.assertEqual(identified["content-identification-type"], "PII")
        self.assertNotIn("content-redaction-type", identified)
        self.assertNotIn("pii-entity-types", identified)
        self.assertNotIn("pii-entity-types", asked(options=AmazonOptions(pii_types=("NAME",))))


class Refusals(SynchronousTestCase):
    """What the service would refuse is refused before, in a sentence."""

    def refused(self, *args: Any, **fields: Any) -> str:
        with self.assertRaises(EngineRejected) as caught:
            asked(*args, **fields)
        self.assertNotEqual(caught.exception.sentence, EngineRejected.default_sentence)
        return caught.exception.sentence

    def test_identification_with_redaction(self) -> None:
        self.assertIn("redact", self.refused("auto", AmazonOptions(pii="redact")))
        self.assertIn("redact", self.refused("auto", AmazonOptions(pii="redact"), without_extras=True))
        self.assertIn("content-identification-type", asked("auto", AmazonOptions(pii="identify")))

    def test_identification_with_a_language_model(self) -> None:
        self.assertIn("language model", self.refused("auto", EXTRAS))
        self.assertIn("identify-language", asked("auto", EXTRAS, without_extras=True))

    def test_another_language(self) -> None:
        self.refused("de-DE")

    def test_a_rate_out_of_range(self) -> None:
        self.refused(sample_rate_hz=7999)
        self.refused(sample_rate_hz=48001)
        self.assertEqual(asked(sample_rate_hz=8000)["sample-rate"], "8000")
