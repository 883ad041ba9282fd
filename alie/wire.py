"""Every message of docs/protocol.md: client text in, frozen values out; and server messages as encoded JSON.

A field is checked here and nowhere else. What a plain client (a page of the contract) sends wrongly is forgiven where
the contract forgives it; what only Alie clients know is checked strictly, and a refusal names the field, never its
value.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from alie.errors import InvalidMessage, UnsupportedLanguage
from alie.speech import AUTO, LANGUAGE_CODES

PROTOCOL_VERSION = 1
PLAIN_SAMPLE_RATE_HZ = 16000
MIN_SAMPLE_RATE_HZ = 8000
MAX_SAMPLE_RATE_HZ = 48000
MAX_PHRASES = 100
MAX_PHRASE_CHARACTERS = 100
MAX_NAME_CHARACTERS = 200
MAX_TOKEN_CHARACTERS = 16_384
SMART_DICTATION = "smart_dictation"
AMBIENT = "ambient"
MODES = ("word_for_word", SMART_DICTATION, AMBIENT)
_ALIE_START_FIELDS = frozenset({"token", "ack", "resume", "words", "partials", "vocabulary"})


@dataclass(frozen=True, slots=True)
class StartTranscription:
    """Opens the session.

    Attributes:
        language_code: "fr-CA", "en-US" or "auto".
        declared_rate_hz: what the client says its audio is; believed of Alie clients only. None: not said, or nonsense.
        mode: one of `MODES`.
        is_alie_client: whether any field shows a client that knows more than the contract.
        wants_words: send word times with the finals.
        wants_partials: send partials at all.
        vocabulary: phrases to listen for.
        vocabulary_name: name of a vocabulary at the engine's vendor.
        token: proof of who is speaking.
        wants_ack: asks for `audio_ack`.
        wants_resume: asks to be resumable.
    """

    language_code: str
    declared_rate_hz: int | None = None
    mode: str = SMART_DICTATION
    is_alie_client: bool = False
    wants_words: bool = False
    wants_partials: bool = True
    vocabulary: tuple[str, ...] = ()
    vocabulary_name: str | None = None
    token: str | None = field(default=None, repr=False)
    wants_ack: bool = False
    wants_resume: bool = False


@dataclass(frozen=True, slots=True)
class StopTranscription:
    """End of audio."""


@dataclass(frozen=True, slots=True)
class Flush:
    """Finalise what was heard so far."""


@dataclass(frozen=True, slots=True)
class Pause:
    """No audio will come for a while."""


@dataclass(frozen=True, slots=True)
class Unpause:
    """Audio will come again."""


@dataclass(frozen=True, slots=True)
class ResumeTranscription:
    """Takes a session over on a new socket."""

    session_id: str
    resume_token: str = field(repr=False)
    last_seq: int
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a pong; `id` comes back as it was (a string or a number)."""

    id: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """`cmd.save` or `cmd.export`: "save" or "export"."""

    name: str


@dataclass(frozen=True, slots=True)
class VoiceCommand:
    """A spoken command that the page has carried out itself."""


@dataclass(frozen=True, slots=True)
class AudioInit:
    """Declares a sample rate before or after start; None where it said nonsense."""

    declared_rate_hz: int | None


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Presents or renews a token."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """JSON with a type that is not of the protocol."""


ClientMessage = (
    StartTranscription
    | StopTranscription
    | Flush
    | Pause
    | Unpause
    | ResumeTranscription
    | Ping
    | Command
    | VoiceCommand
    | AudioInit
    | Authenticate
    | Unknown
)


def parse(text: bytes | str) -> ClientMessage:
    """Reads one text frame.

    Args:
        text: the frame, as UTF-8 or already decoded; the caller bounds its length.

    Raises:
        InvalidMessage: not a JSON object with a string `type`, or a known type with bad fields.
        UnsupportedLanguage: a start in a language that is not of the protocol.
    """
    try:
        # Decoded here: left to itself, json would also take UTF-16 and UTF-32.
        fields = json.loads(text if isinstance(text, str) else text.decode())
    except (ValueError, RecursionError):
        raise InvalidMessage from None
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        raise InvalidMessage
    read = _READERS.get(fields["type"])
    return Unknown() if read is None else read(fields)


def _start(fields: dict[str, Any]) -> StartTranscription:
    language = fields.get("languageCode")
    if language not in LANGUAGE_CODES and language != AUTO:
        raise UnsupportedLanguage
    is_alie = language == AUTO or not _ALIE_START_FIELDS.isdisjoint(fields)
    rate = _declared_rate(fields.get("sampleRate"))
    if is_alie and rate is None and fields.get("sampleRate") is not None:
        raise InvalidMessage(
            f"Field sampleRate must be a whole number from {MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ}"
        )
    mode = fields.get("mode")
    phrases, name = _vocabulary(fields.get("vocabulary"))
    return StartTranscription(
        language_code=language,
        declared_rate_hz=rate,
        mode=mode if isinstance(mode, str) and mode in MODES else SMART_DICTATION,
        is_alie_client=is_alie,
        wants_words=_boolean(fields, "words", False),
        wants_partials=_boolean(fields, "partials", True),
        vocabulary=phrases,
        vocabulary_name=name,
        token=_string(fields, "token", MAX_TOKEN_CHARACTERS, required=False),
        wants_ack=_boolean(fields, "ack", False),
        wants_resume=_boolean(fields, "resume", False),
    )


def _resume(fields: dict[str, Any]) -> ResumeTranscription:
    last_seq = fields.get("lastSeq", 0)
    if not isinstance(last_seq, int) or isinstance(last_seq, bool) or last_seq < 0:
        raise InvalidMessage("Field lastSeq must be a whole number, 0 or more")
    return ResumeTranscription(
        session_id=_string(fields, "sessionId", MAX_NAME_CHARACTERS) or "",
        resume_token=_string(fields, "resumeToken", MAX_NAME_CHARACTERS) or "",
        last_seq=last_seq,
        token=_string(fields, "token", MAX_TOKEN_CHARACTERS, required=False),
    )


def _ping(fields: dict[str, Any]) -> Ping:
    id_ = fields.get("id")
    # What is not printable includes lone surrogates, which could not be sent back.
    if id_ is None or (isinstance(id_, str) and len(id_) <= MAX_NAME_CHARACTERS and id_.isprintable()):
        return Ping(id_)
    if isinstance(id_, int | float) and not isinstance(id_, bool) and abs(id_) < 2**63:
        return Ping(id_)
    raise InvalidMessage("Field id must be a short string or a number")


def _declared_rate(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not MIN_SAMPLE_RATE_HZ <= value <= MAX_SAMPLE_RATE_HZ or value != int(value):
        return None
    return int(value)


def _vocabulary(value: object) -> tuple[tuple[str, ...], str | None]:
    if value is None:
        return (), None
    if isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARACTERS and value.isprintable():
        return (), value
    if isinstance(value, list) and len(value) <= MAX_PHRASES and all(_is_phrase(phrase) for phrase in value):
        return tuple(phrase.strip() for phrase in value), None
    raise InvalidMessage(
        f"Field vocabulary must be a name, or at most {MAX_PHRASES} phrases of 1 to {MAX_PHRASE_CHARACTERS} characters"
    )


def _is_phrase(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value.strip()) > 0
        and len(value) <= MAX_PHRASE_CHARACTERS
        and value.isprintable()
    )


def _boolean(fields: dict[str, Any], name: str, default: bool) -> bool:
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise InvalidMessage(f"Field {name} must be true or false")
    return value


def _string(fields: dict[str, Any], name: str, longest: int, *, required: bool = True) -> str | None:
    value = fields.get(name)
    if value is None and not required:
        return None
    # What is not printable includes lone surrogates, which no encoding takes: they could not even be compared.
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise InvalidMessage(f"Field {name} must be a string of 1 to {longest} characters")
    return value


_READERS: dict[str, Callable[[dict[str, Any]], ClientMessage]] = {
    "start_transcription": _start,
    "stop_transcription": lambda fields: StopTranscription(),
    "flush": lambda fields: Flush(),
    "pause": lambda fields: Pause(),
    "unpause": lambda fields: Unpause(),
    "resume_transcription": _resume,
    "ping": _ping,
    "cmd.save": lambda fields: Command("save"),
    "cmd.export": lambda fields: Command("export"),
    "voice_command": lambda fields: VoiceCommand(),
    "audio_init": lambda fields: AudioInit(_declared_rate(fields.get("sampleRate"))),
    "authenticate": lambda fields: Authenticate(_string(fields, "token", MAX_TOKEN_CHARACTERS) or ""),
}


def encode(message: dict[str, Any]) -> bytes:
    """One server message as UTF-8 JSON."""
    return orjson.dumps(message)
