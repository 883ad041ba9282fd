"""The report of a canary run, and where it is kept."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alie.canary.search import FOUND, NOT_SEARCHED, SEARCHED, Finding

CANARY_FILE = "canary.json"
"""In the state directory: the report of the last run."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found.

    Attributes:
        ran_at: ISO 8601, in UTC with Z.
        url: of the server that was spoken to.
        findings: of each place.
    """

    ran_at: str
    url: str
    findings: Sequence[Finding]

    @property
    def is_good(self) -> bool:
        """Whether nothing was found; what could not be searched is told, and no fault."""
        return all(finding.state != FOUND for finding in self.findings)

    @property
    def summary(self) -> str:
        """In a sentence."""
        count = {state: sum(one.state == state for one in self.findings) for state in (SEARCHED, NOT_SEARCHED, FOUND)}
        missed = f"; {count[NOT_SEARCHED]} places could not be searched" if count[NOT_SEARCHED] else ""
        if count[FOUND]:
            return f"SOMETHING WAS FOUND in {count[FOUND]} places{missed}"
        return f"Nothing was found in {count[SEARCHED]} places{missed}"

    def content(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "ranAt": self.ran_at,
            "url": self.url,
            "ok": self.is_good,
            "complete": all(finding.state != NOT_SEARCHED for finding in self.findings),
            "places": [asdict(finding) for finding in self.findings],
        }

    def keep(self, folder: Path) -> Path:
        """Puts it in the place of the last one, for the folder's owner only; returns where.

        Raises:
            OSError: it cannot be kept.
        """
        handle, name = tempfile.mkstemp(prefix=f".{CANARY_FILE}.", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self.content(), file, ensure_ascii=False, indent=2)
                file.write("\n")
                if os.geteuid() == 0:  # or the daemon's user could not read it
                    owner = folder.stat()
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, folder / CANARY_FILE)
        except BaseException:
            os.unlink(name)
            raise
        return folder / CANARY_FILE
