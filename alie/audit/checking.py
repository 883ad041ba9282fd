"""Verifies the audit log of a state directory. Blocks on the disk, for some 20 microseconds a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from alie.audit.chain import HEAD_LABEL, Head
from alie.audit.errors import AuditError
from alie.audit.files import FOLDER, all_lines
from alie.audit.keys import PublicKey
from alie.audit.verdict import Verdict
from alie.audit.verification import verify

_HEAD = re.compile(r"audit head ([1-9][0-9]{0,17}) ([0-9a-f]{64}) ([0-9a-f]{128})\b")


def verify_log(state_dir: Path, key: PublicKey, journal: Sequence[Head] = ()) -> Verdict:
    """Verifies every line.

    Args:
        state_dir: ALIE_STATE_DIR.
        key: that must have signed; see `alie.audit.keys.read_public`.
        journal: heads that the journal has.

    Raises:
        AuditError: a file cannot be read.
    """

    def is_signed(message: bytes, signature: bytes) -> bool:
        return key.verify(HEAD_LABEL, message, signature)

    def once() -> Verdict:
        return verify(all_lines(state_dir / FOLDER), key.id, is_signed, journal)

    try:
        verdict = once()
        # The daemon may have been in the midst of writing or rotating: what is really wrong is wrong again.
        return verdict if verdict.is_good else once()
    except OSError as error:
        raise AuditError(f"The audit log cannot be read: {error.filename or state_dir}: {error.strerror}") from None


def journal_heads(lines: Iterable[str]) -> list[Head]:
    """The heads in what was exported from the journal, whatever else its lines say."""
    return [Head(int(match[1]), match[2], match[3]) for line in lines for match in _HEAD.finditer(line)]


def summary(verdict: Verdict) -> str:
    """One sentence."""
    if verdict.problems:
        return f"The audit log is not as the daemon wrote it: {len(verdict.problems)} faults, see `alie audit verify`"
    extent = f"{verdict.entries} entries and {verdict.heads} signed heads, numbers {verdict.first_seq} to"
    tail = f"; the last {verdict.unsigned} are not signed yet" if verdict.unsigned else ""
    end = "" if verdict.is_end_proved else "; that nothing was cut after them, only the journal's heads can prove"
    return f"The audit log is as the daemon wrote it: {extent} {verdict.last_seq}{tail}{end}"
