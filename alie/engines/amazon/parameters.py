"""From what a session wants and how Amazon is configured to the parameters of StartStreamTranscription. Pure.

Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_StartStreamTranscription.html
"""

from __future__ import annotations

from collections.abc import Mapping

from alie.engines.amazon.options import AmazonOptions
from alie.errors import EngineRejected
from alie.speech import AUTO, LANGUAGE_CODES, StreamSpec


def parameters(spec: StreamSpec, options: AmazonOptions) -> dict[str, str]:
    """The parameters of one stream, by query name.

    Phrases (`spec.vocabulary`) cannot be taken and are left out. Whether the service protects personal information
    in a language is left to the service: its own pages disagree.

    Raises:
        EngineRejected: another language, a rate outside 8000..48000 Hz, or parameters that exclude each other.
    """
    if spec.language_code not in (*LANGUAGE_CODES, AUTO):
        raise EngineRejected("Amazon Transcribe is used for fr-CA and en-US here")
    if not 8000 <= spec.sample_rate_hz <= 48000:
        raise EngineRejected("Amazon Transcribe takes 8000 to 48000 samples a second")
    found = {
        "media-encoding": "pcm",
        "sample-rate": str(spec.sample_rate_hz),
        "session-id": spec.session_id,
    }
    found |= _identification(options) if spec.language_code == AUTO else {"language-code": spec.language_code}
    if spec.wants_speakers:
        found["show-speaker-label"] = "true"
    if options.stability != "off" and spec.wants_partials and not options.withholds_partials:
        found |= {"enable-partial-results-stabilization": "true", "partial-results-stability": options.stability}
    return found | _privacy(spec, options) | _extras(spec, options)


def _identification(options: AmazonOptions) -> dict[str, str]:
    found = {"identify-language": "true", "language-options": ",".join(LANGUAGE_CODES)}
    if options.preferred_language:
        found["preferred-language"] = options.preferred_language
    return found


def _privacy(spec: StreamSpec, options: AmazonOptions) -> dict[str, str]:
    if options.pii == "off":
        return {}
    if options.pii == "redact" and spec.language_code == AUTO:
        raise EngineRejected("Amazon Transcribe cannot redact while it identifies the language; choose the language")
    kind = "content-redaction-type" if options.pii == "redact" else "content-identification-type"
    types = {"pii-entity-types": ",".join(options.pii_types)} if options.pii_types else {}
    return {kind: "PII", **types}


def _extras(spec: StreamSpec, options: AmazonOptions) -> dict[str, str]:
    model = "" if spec.without_extras else _names(spec, options.language_models)
    if model and spec.language_code == AUTO:
        raise EngineRejected(
            "Amazon Transcribe cannot use a custom language model while it identifies the language; choose the language"
        )
    # Where the language is identified there may be one name for each language, and the parameter is a plural.
    plural = "s" if spec.language_code == AUTO else ""
    found = {}
    vocabulary = spec.vocabulary_name or _names(spec, options.vocabularies)
    if vocabulary and not spec.without_extras:
        found[f"vocabulary-name{plural}"] = vocabulary
    if filters := _names(spec, options.filters):
        found[f"vocabulary-filter-name{plural}"] = filters
        found["vocabulary-filter-method"] = options.filter_method
    if model:
        found["language-model-name"] = model
    return found


def _names(spec: StreamSpec, by_language: Mapping[str, str]) -> str:
    languages = LANGUAGE_CODES if spec.language_code == AUTO else (spec.language_code,)
    return ",".join(by_language[code] for code in languages if by_language.get(code))
