"""What the service makes of the parameters of StartStreamTranscription, and what it refuses.

Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_StartStreamTranscription.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SAMPLE_RATES_HZ = range(8000, 48001)
ENCODINGS = ("pcm", "ogg-opus", "flac")
BOOLEANS = (
    "show-speaker-label",
    "enable-channel-identification",
    "enable-partial-results-stabilization",
    "identify-language",
    "identify-multiple-languages",
)
CHOICES = {
    "media-encoding": ENCODINGS,
    "partial-results-stability": ("high", "medium", "low"),
    "vocabulary-filter-method": ("remove", "mask", "tag"),
    "content-identification-type": ("PII",),
    "content-redaction-type": ("PII",),
    "transcript-format": ("written", "spoken"),
}
NUMBERS = {"sample-rate": SAMPLE_RATES_HZ, "number-of-channels": range(2, 3), "session-resume-window": range(1, 301)}
NAMES = ("vocabulary-name", "vocabulary-filter-name", "language-model-name")
TEXTS = {
    "session-id": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "language-code": r"[a-z]{2}-[A-Z]{2}",
    "preferred-language": r"[a-z]{2}-[A-Z]{2}",
    "language-options": r"(?=.{1,200}$)[a-z]{2}-[A-Z]{2}(,[a-z]{2}-[A-Z]{2})+",
    "pii-entity-types": r"(?=.{1,300}$)[A-Z_]+(,[A-Z_]+)*",
    "vocabulary-names": r"(?=.{1,3000}$)[0-9a-zA-Z._-]+(,[0-9a-zA-Z._-]+)*",
    "vocabulary-filter-names": r"(?=.{1,3000}$)[0-9a-zA-Z._-]+(,[0-9a-zA-Z._-]+)*",
    **dict.fromkeys(NAMES, r"[0-9a-zA-Z._-]{1,200}"),
}
KNOWN = {*BOOLEANS, *CHOICES, *NUMBERS, *TEXTS}


class BadParameter(Exception):
    """A request that the service does not take; its text is the service's message."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a stream was asked for.

    Attributes:
        sample_rate_hz: 8000..48000.
        language_code: None where the language is to be identified.
        language_options: languages to choose from, when it is.
        stabilises: whether items say if they are stable.
        labels_speakers: whether items of finals name their speaker.
        redacts: whether finals hide personal information.
        identifies: whether finals point it out.
        pii_types: the types that either is about; empty for all.
        filter_method: "remove", "mask", "tag", or None where there is no filter.
    """

    sample_rate_hz: int
    language_code: str | None
    language_options: tuple[str, ...]
    stabilises: bool
    labels_speakers: bool
    redacts: bool
    identifies: bool
    pii_types: frozenset[str]
    filter_method: str | None


def options_of(parameters: Mapping[str, str]) -> Options:
    """Checks the parameters, by query name.

    Raises:
        BadParameter: they are not what the service takes.
    """
    for name, value in parameters.items():
        _check_value(name, value)
    _check_required(parameters)
    _check_exclusions(parameters)
    has_filter = "vocabulary-filter-name" in parameters or "vocabulary-filter-names" in parameters
    return Options(
        sample_rate_hz=int(parameters["sample-rate"]),
        language_code=parameters.get("language-code"),
        language_options=_list(parameters, "language-options"),
        stabilises=_is_true(parameters, "enable-partial-results-stabilization"),
        labels_speakers=_is_true(parameters, "show-speaker-label"),
        redacts="content-redaction-type" in parameters,
        identifies="content-identification-type" in parameters,
        pii_types=frozenset(_list(parameters, "pii-entity-types")) - {"ALL"},
        filter_method=parameters.get("vocabulary-filter-method", "mask") if has_filter else None,
    )


def _check_value(name: str, value: str) -> None:
    if name not in KNOWN:
        raise BadParameter(f"The request has an unknown parameter: {name}")
    is_valid = (
        value in ("true", "false")
        if name in BOOLEANS
        else value in CHOICES[name]
        if name in CHOICES
        else value.isascii() and value.isdecimal() and int(value) in NUMBERS[name]
        if name in NUMBERS
        else re.fullmatch(TEXTS[name], value) is not None
    )
    if not is_valid:
        raise BadParameter(f"The value that you provided for {name} is not valid.")


def _check_required(parameters: Mapping[str, str]) -> None:
    for name in ("media-encoding", "sample-rate"):
        if name not in parameters:
            raise BadParameter(f"The request must have {name}.")
    ways = [
        "language-code" in parameters,
        _is_true(parameters, "identify-language"),
        _is_true(parameters, "identify-multiple-languages"),
    ]
    if ways.count(True) != 1:
        raise BadParameter(
            "Exactly one of language-code, identify-language and identify-multiple-languages must be given."
        )
    if ways[0]:
        _forbid(parameters, "language-code", "language-options", "preferred-language")
        _forbid(parameters, "language-code", "vocabulary-names", "vocabulary-filter-names")
    else:
        _check_identification(parameters)


def _check_identification(parameters: Mapping[str, str]) -> None:
    """Where the language is to be identified."""
    options = _list(parameters, "language-options")
    if not options:
        raise BadParameter("Language identification needs language-options.")
    if len({option[:2] for option in options}) != len(options):
        raise BadParameter("Only one dialect of each language can be in language-options.")
    if parameters.get("preferred-language", options[0]) not in options:
        raise BadParameter("preferred-language must be one of language-options.")
    _forbid(parameters, "language identification", "vocabulary-name", "vocabulary-filter-name", "language-model-name")
    _forbid(parameters, "language identification", "content-redaction-type")
    if parameters["media-encoding"] == "ogg-opus":
        raise BadParameter("Language identification takes pcm and flac only.")


def _check_exclusions(parameters: Mapping[str, str]) -> None:
    if "content-identification-type" in parameters:
        _forbid(parameters, "content-identification-type", "content-redaction-type")
    if "pii-entity-types" in parameters and not parameters.keys() & {
        "content-identification-type",
        "content-redaction-type",
    }:
        raise BadParameter("pii-entity-types needs content-identification-type or content-redaction-type.")
    if "partial-results-stability" in parameters and not _is_true(parameters, "enable-partial-results-stabilization"):
        raise BadParameter("partial-results-stability needs enable-partial-results-stabilization.")
    if _is_true(parameters, "enable-channel-identification") != ("number-of-channels" in parameters):
        raise BadParameter("enable-channel-identification and number-of-channels need each other.")
    if parameters["media-encoding"] != "pcm" or "number-of-channels" in parameters:
        # The service would take these; what is said in them cannot be told from their bits.
        raise BadParameter("This service hears pcm with one channel only.")


def _forbid(parameters: Mapping[str, str], reason: str, *names: str) -> None:
    for name in names:
        if name in parameters:
            raise BadParameter(f"{name} cannot be given with {reason}.")


def _is_true(parameters: Mapping[str, str], name: str) -> bool:
    return parameters.get(name) == "true"


def _list(parameters: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(parameters[name].split(",")) if name in parameters else ()
