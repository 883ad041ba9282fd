"""What the audit log's records say together of an incident: counts, ids and codes, as far as they go. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]

# By the first word of an action: which kind of information such an action handles.
_CATEGORIES = {
    "dictation": "the sound of a dictation and its words, in memory only",
    "consultation": "the transcript of a consultation, in memory only",
    "session": "saved dictations",
    "artifact": "what was made of saved dictations",
    "case": "case files, with the texts in them",
    "export": "texts that were handed out as files",
    "profile": "a user's own name, e-mail and language",
    "clinic": "names of clinics",
    "membership": "who belongs to which clinic, in which role",
    "feedback": "what users wrote as feedback",
    "auth": "proof of who speaks",
    "key": "access keys (never the keys themselves)",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records are asked for.

    Attributes:
        since: ISO 8601 in UTC as in the log; from then on.
        until: before then.
        user_id: of one user only, or None.
        session_id: of one session only, or None.
    """

    since: str
    until: str
    user_id: str | None = None
    session_id: str | None = None

    def concerns(self, record: Record) -> bool:
        """Whether an event is asked for."""
        if not self.since <= record["time"] < self.until:
            return False
        if self.user_id is not None:
            return bool(record["userId"] == self.user_id)
        if self.session_id is not None:
            return self.session_id in (record["sessionId"], record["resourceId"])
        return True


def known(records: Sequence[Record]) -> dict[str, Any]:
    """What is known of these events, by name; lists are sorted, and numbers count events."""
    times = [record["time"] for record in records]
    ends = [record["details"] for record in records if record["action"] == "dictation.end"]
    outcomes: dict[str, dict[str, int]] = {}
    for record in records:
        of_action = outcomes.setdefault(record["action"], {})
        of_action[record["outcome"]] = of_action.get(record["outcome"], 0) + 1
    return {
        "events": len(records),
        "first": min(times, default=None),
        "last": max(times, default=None),
        "users": _counts(record["userId"] for record in records),
        "eventsWithoutUser": sum(record["userId"] is None for record in records),
        "clinics": _counts(record["clinicId"] for record in records),
        "ways": _counts(record["way"] for record in records),
        "addresses": _counts(record["address"] for record in records),
        "sessions": _counts(record["sessionId"] for record in records),
        "resources": _resources(records),
        "outcomes": dict(sorted(outcomes.items())),
        "engines": _counts(detail.get("engine") for detail in ends),
        "regions": _counts(detail.get("region") for detail in ends),
        "languages": _counts(detail.get("languageCode") for detail in ends),
        "audioSeconds": round(sum(_number(detail, "audioSeconds") for detail in ends), 3),
        "audioBytes": sum(_number(detail, "audioBytes") for detail in ends),
        "categories": categories(records),
    }


def categories(records: Iterable[Record]) -> list[str]:
    """Kinds of information that these events handled, or would have if they had not been refused."""
    kinds = {record["action"].partition(".")[0] for record in records}
    return [text for kind, text in _CATEGORIES.items() if kind in kinds]


def _counts(values: Iterable[object]) -> dict[str, int]:
    return dict(sorted(Counter(str(value) for value in values if value is not None).items()))


def _resources(records: Sequence[Record]) -> dict[str, dict[str, int]]:
    kinds = sorted({record["resource"] for record in records if record["resource"] is not None})
    return {kind: _counts(record["resourceId"] for record in records if record["resource"] == kind) for kind in kinds}


def _number(details: Record, name: str) -> int | float:
    value = details.get(name)
    return value if isinstance(value, int | float) else 0
