"""Consultations in the shapes that they may come in."""

from __future__ import annotations

from typing import Any

Said = tuple[str, str]


def ours(*said: Said) -> dict[str, Any]:
    """A payload of `transcription_final`: speaker and token each, half a second long."""
    items = [
        {
            "start_time": str(index / 2),
            "end_time": str(index / 2 + 0.5),
            "alternatives": [{"confidence": "0.9", "content": text}],
            "type": "pronunciation" if text[0].isalnum() else "punctuation",
            "Speaker": speaker,
            "speaker": speaker,
        }
        for index, (speaker, text) in enumerate(said)
    ]
    return {
        "results": {"transcripts": [{"transcript": " ".join(text for _, text in said)}], "items": items},
        "speaker_labels": {
            "speakers": len({speaker for speaker, _ in said}),
            "segments": [
                {
                    "start_time": item["start_time"],
                    "end_time": item["end_time"],
                    "speaker_label": item["Speaker"],
                    "items": [
                        {
                            "start_time": item["start_time"],
                            "end_time": item["end_time"],
                            "speaker_label": item["Speaker"],
                        }
                    ],
                }
                for item in items
            ],
        },
    }


def amazons(*said: Said, has_labels_on_items: bool = True) -> dict[str, Any]:
    """A batch result of Amazon Transcribe: labels among the results, punctuation without times."""
    payload = ours(*said)
    labels = payload.pop("speaker_labels")
    marks = {item["start_time"] for item in payload["results"]["items"] if item["type"] == "punctuation"}
    labels["segments"] = [one for one in labels["segments"] if one["start_time"] not in marks]
    for number, item in enumerate(payload["results"]["items"]):
        del item["speaker"]
        label = item.pop("Speaker")
        item["id"] = number
        if has_labels_on_items:
            item["speaker_label"] = label
        if item["type"] == "punctuation":
            del item["start_time"], item["end_time"]
    payload["results"]["speaker_labels"] = {**labels, "channel_label": "ch_0"}
    return {"jobName": "visit", "accountId": "123456789012", "status": "COMPLETED", **payload}
