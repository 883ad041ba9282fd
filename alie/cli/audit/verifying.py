"""`alie audit verify`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TextIO

from alie.audit.checking import summary, verify_log
from alie.audit.verdict import Finding
from alie.cli.audit.place import Place


def verify(place: Place, as_json: bool, stdout: TextIO) -> int:
    """Verifies, and writes a line for each finding, or one JSON object of them all.

    Returns:
        Exit status: 0 where nothing is wrong, else 1.

    Raises:
        AuditError: the log cannot be read.
    """
    verdict = verify_log(place.state_dir, place.key, place.heads)
    if as_json:
        content = {"ok": verdict.is_good, "key": place.key.id, "journalHeads": len(place.heads), **asdict(verdict)}
        stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.writelines(_line("WRONG", finding) for finding in verdict.problems)
        stdout.writelines(_line("note", finding) for finding in verdict.notes)
        stdout.write(f"{summary(verdict)}. Key: {place.key.id}\n")
    return 0 if verdict.is_good else 1


def _line(weight: str, finding: Finding) -> str:
    return f"{weight}  {finding.place or 'the log'}  {finding.sentence} ({finding.kind})\n"
