"""One spoken sentence in each language, with its words."""

from __future__ import annotations

import unicodedata
import wave
from importlib.resources import files

TEXTS = {
    "en-US": "That is not a valid conference number. Please try again.",
    "fr-CA": "Ce numéro de conférence n'est pas valide. Veuillez réessayer de nouveau.",
}


def pcm(language_code: str) -> bytes:
    """The sentence as 16 kHz mono PCM16, about four seconds; `language_code` is a key of `TEXTS`."""
    with files(__name__).joinpath(f"{language_code}.wav").open("rb") as stream, wave.open(stream) as sound:
        audio: bytes = sound.readframes(sound.getnframes())
    return audio


def share_heard(heard: str, spoken: str) -> float:
    """How much of what was spoken has been heard: 0..1 of its words, whatever their order, case and accents."""
    wanted = _words(spoken)
    left = _words(heard)
    found = 0
    for word in wanted:
        if word in left:
            left.remove(word)
            found += 1
    return found / len(wanted)


def _words(text: str) -> list[str]:
    bare = "".join(
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", text.lower())
        if not unicodedata.combining(character)
    )
    return bare.split()
