"""What a stream of speech is to be heard for, as a frozen value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FR_CA = "fr-CA"
EN_US = "en-US"
AUTO = "auto"
LANGUAGE_CODES = (FR_CA, EN_US)
AMAZON = "amazon"
"""Name of the engine whose audio goes to Amazon Transcribe."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """What one stream is to listen for.

    Attributes:
        session_id: uuid of the session, for logs and for engines that want one.
        language_code: "fr-CA", "en-US", or "auto" for identification between the two.
        sample_rate_hz: 8000..48000, of the PCM16 mono audio that `Stream.feed` will get.
        wants_partials: whether partial results are of any use.
        wants_words: whether finals need word times.
        wants_speakers: whether the words should carry speaker labels, where the engine can.
        vocabulary: phrases to listen for, at most 100.
        vocabulary_name: name of a vocabulary kept at the engine's vendor.
        without_extras: leave out what the engine was configured with beyond the spec and can do without (vocabulary,
            language model); what keeps words from being shown (filters, redaction) stays.
    """

    session_id: str
    language_code: str
    sample_rate_hz: int = 16000
    wants_partials: bool = True
    wants_words: bool = False
    wants_speakers: bool = False
    vocabulary: tuple[str, ...] = ()
    vocabulary_name: str | None = None
    without_extras: bool = False


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What a session needs to know of the engine that will listen.

    Attributes:
        name: "amazon" or "embedded".
        has_speaker_labels: whether it can tell speakers apart.
        takes_vocabulary_names: whether a vocabulary may be named instead of listed.
        takes_phrases: whether a vocabulary may be listed.
        check: raises EngineRejected for parameters that it cannot take.
        region: of the engine whose audio leaves this machine; None where none does.
    """

    name: str
    has_speaker_labels: bool = False
    takes_vocabulary_names: bool = False
    takes_phrases: bool = True
    check: Callable[[StreamSpec], None] = lambda spec: None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Traits:
    """What streams of an engine need, for whoever supervises them.

    Attributes:
        can_flush: whether a stream can be told to end its segment; if not, only silence or its end will do that.
        starves_after_s: seconds without audio after which it ends; None: it waits for ever.
        longest_stream_s: seconds that a stream may last; None: for ever.
        fastest: seconds of audio it takes in a second, at most; None: whatever comes.
    """

    can_flush: bool = True
    starves_after_s: float | None = None
    longest_stream_s: float | None = None
    fastest: float | None = None
