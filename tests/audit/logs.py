"""Audit logs for tests: made in memory and on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alie.audit.chain import FIRST_PREV, HEAD_LABEL, Head, event_line, hash_of, head_line
from alie.audit.fields import fields
from alie.audit.files import FOLDER, all_lines
from alie.audit.interface import AuditEvent
from alie.audit.keys import PublicKey, SigningKey
from alie.audit.verdict import Line, Verdict
from alie.audit.verification import verify
from alie.principal import KEY, Caller, Principal

NOW_S = 1_790_000_000.0
SESSION_ID = "11111111-2222-4333-8444-555555555555"
USER_ID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
CALLER = Caller(Principal(USER_ID, KEY, clinic_id="cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"), token="alie_secret")
OWN_KEY = SigningKey.generate()


def event(number: int = 0) -> AuditEvent:
    """The end of a dictation."""
    details: dict[str, str | int | float | bool | None] = {
        "languageCode": "fr-CA",
        "audioSeconds": number + 0.25,
        "engine": "amazon,embedded",
        "finals": number,
    }
    return AuditEvent("dictation.end", session_id=SESSION_ID, address="192.0.2.7", details=details)


class Chain:
    """A log in memory, to which lines are chained as the daemon does it."""

    def __init__(self, key: SigningKey = OWN_KEY) -> None:
        self.key = key
        self.lines: list[bytes] = []
        self.heads: list[Head] = []

    @property
    def prev(self) -> str:
        return hash_of(self.lines[-1]) if self.lines else FIRST_PREV

    def entries(self, count: int) -> Chain:
        for _ in range(count):
            number = len(self.lines)
            self.lines.append(event_line(number + 1, self.prev, NOW_S + number, fields(event(number), CALLER)))
        return self

    def head(self) -> Chain:
        key, seq = self.key, len(self.lines) + 1
        line, head = head_line(seq, self.prev, NOW_S, key.public.id, lambda text: key.sign(HEAD_LABEL, text))
        self.lines.append(line)
        self.heads.append(head)
        return self


def judged(
    lines: Sequence[bytes], journal: Sequence[Head] = (), key: PublicKey = OWN_KEY.public, *, is_whole: bool = True
) -> Verdict:
    """What verification says of lines in one file, the last of which may lack its end."""
    last = len(lines)
    found = [Line("f", number, line, is_whole or number < last) for number, line in enumerate(lines, 1)]
    return verify(found, key.id, lambda text, signature: key.verify(HEAD_LABEL, text, signature), journal)


def judged_folder(folder: Path, key: PublicKey = OWN_KEY.public, journal: Sequence[Head] = ()) -> Verdict:
    """What verification says of the log in a state directory."""
    lines = all_lines(folder / FOLDER)
    return verify(lines, key.id, lambda text, signature: key.verify(HEAD_LABEL, text, signature), journal)


def kinds(verdict: Verdict) -> list[str]:
    """Of what is wrong, in order."""
    return [finding.kind for finding in verdict.problems]
