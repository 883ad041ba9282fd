"""What an answer of pip-audit means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supply.locks import Pin


@dataclass(frozen=True)
class Verdict:
    """What one advisory service said of a lock file.

    Attributes:
        known: sentences, one a known vulnerability.
        unknown: packages that the service told nothing about.
    """

    known: tuple[str, ...]
    unknown: tuple[str, ...]


def judge(pins: Mapping[str, Pin], answer: Mapping[str, Any]) -> Verdict:
    """Reads pip-audit's JSON.

    pip-audit says "no known vulnerabilities", and exits with 0, also where it could ask about no package at all. So a
    package counts as looked up only if it is in the answer, in the version that is locked, and was not skipped.

    Args:
        pins: what was asked about.
        answer: `pip-audit --format json`.
    """
    known: list[str] = []
    asked: set[str] = set()
    for entry in answer["dependencies"]:
        name, version = entry["name"], entry.get("version")
        if name in pins and version == pins[name].version and "skip_reason" not in entry:
            asked.add(name)
        known += [_sentence(name, version, one) for one in entry.get("vulns", ())]
    return Verdict(tuple(known), tuple(sorted(set(pins) - asked)))


def _sentence(name: str, version: str, found: Mapping[str, Any]) -> str:
    names = ", ".join(dict.fromkeys([found["id"], *found.get("aliases", ())]))
    mended = ", ".join(found.get("fix_versions", ())) or "no version yet"
    return f"{name} {version}: {names}; mended in {mended}"
