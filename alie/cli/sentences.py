"""What a user is told while a dictation goes on, in plain words."""

from __future__ import annotations

from alie.client import Back, Cut, Told
from alie.server_messages import EngineStatus

_ENGINE_SENTENCES = {
    "recovering": "the engine{name} is recovering; what is sent meanwhile is kept, and its words come later",
    "failed_over": "another engine{name} has taken over",
}


def sentence_of(told: Told) -> str | None:
    """One sentence; None where there is nothing to say."""
    match told:
        case EngineStatus() if told.state in _ENGINE_SENTENCES:
            return _engine_sentence(told)
        case Cut() if told.attempt == 1:
            return f"{_lower(told.trouble.sentence)} ({told.trouble.code}); trying to come back, the audio is kept"
        case Back() if told.is_anew:
            return f"connected again; a new session hears again what came after {told.place_s:.1f} s"
        case Back():
            return f"connected again; the session goes on at {told.place_s:.1f} s"
    return None


def _engine_sentence(status: EngineStatus) -> str:
    name = "" if status.engine is None else f" ({status.engine})"
    sentence = _ENGINE_SENTENCES[status.state].format(name=name)
    return sentence if status.code is None else f"{sentence} ({status.code})"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
