"""A finished transcript, and the four forms it is written in: txt, json, srt, vtt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alie.cli.captions import Cue, cues
from alie.client import TranscriptionClient
from alie.server_messages import Segment

# A speaker who is silent for this long begins a new paragraph.
PARAGRAPH_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard in one file.

    Attributes:
        name: of the file.
        language_code: what the server listened for, None where it did not tell.
        engine: "amazon" or "embedded", None where the server did not tell.
        segments: finals with text, in order of time.
        audio_s: seconds of audio that the server took, or that were sent where it gave no account.
        lost_s: seconds of it that no engine heard.
        is_complete: whether the server gave its account of the whole.
    """

    name: str
    language_code: str | None
    engine: str | None
    segments: tuple[Segment, ...]
    audio_s: float
    lost_s: float
    is_complete: bool

    @classmethod
    def of(cls, name: str, client: TranscriptionClient) -> Transcript:
        """What a session has heard by now."""
        completed = client.completed
        return cls(
            name=name,
            language_code=client.language_code,
            engine=client.engine,
            segments=tuple(sorted(client.finals, key=lambda segment: segment.start_s)),
            audio_s=completed.audio_s if completed else client.sent_s,
            lost_s=completed.lost_s if completed else 0.0,
            is_complete=completed is not None,
        )


def render(transcript: Transcript, form: str) -> str:
    """The transcript as text that ends in a newline; `form` is one of `FORMS`."""
    return _RENDERERS[form](transcript)


def _txt(transcript: Transcript) -> str:
    paragraphs: list[list[str]] = []
    heard_until_s = 0.0
    for segment in transcript.segments:
        if not paragraphs or segment.start_s - heard_until_s >= PARAGRAPH_PAUSE_S:
            paragraphs.append([])
        paragraphs[-1].append(segment.text)
        heard_until_s = segment.end_s
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs) + "\n"


def _json(transcript: Transcript) -> str:
    content = {
        "file": transcript.name,
        "language": transcript.language_code,
        "engine": transcript.engine,
        "complete": transcript.is_complete,
        "audioSeconds": round(transcript.audio_s, 3),
        "lostSeconds": round(transcript.lost_s, 3),
        "segments": [_segment(segment) for segment in transcript.segments],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "resultId": segment.result_id,
        "startTime": segment.start_s,
        "endTime": segment.end_s,
        "text": segment.text,
        "confidence": segment.confidence,
        "language": segment.language_code,
        "words": [
            {"text": word.text, "startTime": word.start_s, "endTime": word.end_s, "confidence": word.confidence}
            for word in segment.words
        ],
    }


def _srt(transcript: Transcript) -> str:
    blocks = [
        f"{number}\n{_timing(cue, ',')}\n" + "\n".join(line.replace("-->", "→") for line in cue.lines)
        for number, cue in enumerate(cues(transcript.segments), 1)
    ]
    return "\n\n".join(blocks) + "\n"


def _vtt(transcript: Transcript) -> str:
    blocks = [
        f"{_timing(cue, '.')}\n" + "\n".join(_escape(line) for line in cue.lines) for cue in cues(transcript.segments)
    ]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _timing(cue: Cue, point: str) -> str:
    return f"{_clock(cue.start_s, point)} --> {_clock(cue.end_s, point)}"


def _clock(time_s: float, point: str) -> str:
    thousandths = round(time_s * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{thousandths // 1000:02}{point}{thousandths % 1000:03}"


_RENDERERS: dict[str, Callable[[Transcript], str]] = {"txt": _txt, "json": _json, "srt": _srt, "vtt": _vtt}
FORMS = tuple(_RENDERERS)
