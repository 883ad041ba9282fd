"""Whether an audit log is what the daemon wrote: every line, their chain, the signed heads. Pure.

What can be proved, and what not: a change of any byte up to the last head is found, unless somebody has the private
key; then the heads in the journal tell. What comes after the last head is chained but not signed: whoever can write
the file can change, add or cut there, and nothing shows it. Whoever cuts right after a head leaves no trace at all.
Both are reported as not provable, not as wrong. Only the journal proves more: its last head is where a log may end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from alie.audit.chain import (
    ENTRIES_A_HEAD,
    FIRST_PREV,
    HEAD,
    BadLine,
    Head,
    hash_of,
    head_message,
    head_of,
    is_anchored,
    read_line,
)
from alie.audit.verdict import (
    BAD_SIGNATURE,
    BEGINNING,
    CHANGED,
    CUT,
    DISTURBED,
    DISTURBED_ACTION,
    EMPTY,
    FOREIGN_HEAD,
    FOREIGN_KEY,
    GAP,
    LOST,
    LOST_ACTION,
    NOT_PROVABLE,
    OTHER_HEAD,
    RECOVERED,
    REPEATED,
    START_ACTION,
    TORN,
    TORN_ACTION,
    UNCLEAN,
    UNREADABLE,
    UNSIGNED,
    Finding,
    Line,
    Verdict,
)

Verify = Callable[[bytes, bytes], bool]
"""Whether a message has a signature of the right key for `HEAD_LABEL`: `(message, signature)`."""


def verify(lines: Iterable[Line], key_id: str, is_signed: Verify, journal: Sequence[Head] = ()) -> Verdict:
    """Verifies a whole log.

    Args:
        lines: of all files, in the order in which they were written; read one at a time.
        key_id: of the key that must have signed.
        is_signed: verifies with that key.
        journal: heads that the journal has, in any order.
    """
    check = _Check(key_id, is_signed, journal)
    for line in lines:
        check.take(line)
    return check.end()


class _Check:
    """Goes over the lines. After a fault it goes on from the line that is there, so that each fault is told once."""

    def __init__(self, key_id: str, is_signed: Verify, journal: Sequence[Head]) -> None:
        self._key_id = key_id
        self._is_signed = is_signed
        self._foreign = [head for head in journal if not _is_signed_head(head, is_signed)]
        # A head that was cut off is followed by another of its number, when the daemon goes on: there may be several.
        self._journal: dict[int, set[Head]] = {}
        for head in set(journal).difference(self._foreign):
            self._journal.setdefault(head.seq, set()).add(head)
        self._prev = FIRST_PREV
        self._bad: list[Line] = []
        self._before: Line | None = None
        self.verdict = Verdict()

    def take(self, line: Line) -> None:
        """Looks at the next line; what cannot be read is judged by the one that follows it."""
        try:
            record = read_line(line.content)
        except BadLine:
            self._bad.append(line)
            return
        self._settle_bad(line, record)
        self._link(line, record)
        if record["type"] == HEAD:
            self._head(line, record)
        else:
            self._entry(line, record)
        self._prev, self._before = hash_of(line.content), line
        self.verdict.last_seq = record["seq"]

    def end(self) -> Verdict:
        """What is found, now that no line follows."""
        verdict = self.verdict
        if self._bad:
            self._end_badly()
        elif self._before is not None and not self._before.is_whole:
            self._wrong(
                TORN, self._before, "This last line has no end: the daemon was stopped while it wrote, or it was cut"
            )
        if not verdict.first_seq and not self._bad:
            self._wrong(EMPTY, None, "There is no line of an audit log here")
        elif not verdict.heads:
            self._wrong(UNSIGNED, None, "No head of this log is signed by the key: nothing in it is proved")
        self._journal_beyond()
        if verdict.unsigned and verdict.heads:
            self._note(
                NOT_PROVABLE,
                self._before,
                f"The last {verdict.unsigned} entries are not signed yet: whether they were changed, or others were "
                "cut after the last head, is not provable",
            )
        return verdict

    # -- one line

    def _settle_bad(self, line: Line, record: dict[str, Any]) -> None:
        """What could not be read before this line: bytes that the daemon found at a start and recorded; or a fault."""
        bad, self._bad = self._bad, []
        if not bad:
            return
        torn = b"\n".join(one.content for one in bad)
        is_recorded = record.get("action") == TORN_ACTION and record["details"].get("bytes") == len(torn)
        if is_recorded and record["prev"] == sha256(torn).hexdigest():
            self._note(RECOVERED, bad[0], f"A crash tore {len(torn)} bytes; the daemon recorded it at its next start")
        else:
            self._unreadable(bad)
            missing = record["seq"] - self.verdict.last_seq - 1
            self.verdict.last_seq += max(0, min(missing, len(bad)))
        # Either way what comes next hangs on those bytes.
        self._prev = record["prev"]

    def _link(self, line: Line, record: dict[str, Any]) -> None:
        verdict, seq = self.verdict, record["seq"]
        if not verdict.first_seq:
            verdict.first_seq = seq
            if seq != 1:
                self._wrong(
                    BEGINNING, line, f"The log begins with number {seq}: the {seq - 1} lines before it are not here"
                )
            elif record["prev"] != self._prev:
                self._wrong(BEGINNING, line, "The first line goes on from another that is not here")
            return
        missing = seq - verdict.last_seq - 1
        if missing > 0:
            self._wrong(GAP, line, f"Before this line {missing} lines are missing")
        elif missing < 0:
            self._wrong(REPEATED, line, f"Number {seq} comes again, or out of its order")
        elif record["prev"] != self._prev:
            place = self._before or line
            self._wrong(CHANGED, place, f"This line, or the link to it in {_place(line)}, was changed")

    def _head(self, line: Line, record: dict[str, Any]) -> None:
        head = head_of(record)
        told = self._journal.pop(head.seq, set())
        if record["key"] != self._key_id:
            self._wrong(FOREIGN_KEY, line, f"This head is signed by another key, {record['key']}")
            return
        if not is_anchored(record) or not _is_signed_head(head, self._is_signed):
            self._wrong(BAD_SIGNATURE, line, "The signature of this head is wrong: it, or what it signs, was changed")
            return
        if told - {head}:
            self._wrong(OTHER_HEAD, line, f"The journal has another head with number {head.seq}")
        self.verdict.is_end_proved = head in told
        self.verdict.heads += 1
        self.verdict.unsigned = 0

    def _entry(self, line: Line, record: dict[str, Any]) -> None:
        verdict, details = self.verdict, record["details"]
        verdict.entries += 1
        verdict.unsigned += 1
        verdict.is_end_proved = False
        # The daemon writes a head after ENTRIES_A_HEAD entries, and after a crash a few entries later than that.
        if verdict.unsigned == 2 * ENTRIES_A_HEAD + 1:
            self._wrong(UNSIGNED, line, f"There are over {2 * ENTRIES_A_HEAD} entries up to here without a signed head")
        if record["action"] == LOST_ACTION:
            self._note(LOST, line, f"The daemon could not write {details.get('count')} events, and says so here")
        elif record["action"] == DISTURBED_ACTION:
            self._note(DISTURBED, line, "The daemon found that somebody else had written to, or cut, the file")
        elif record["action"] == START_ACTION and details.get("unsigned"):
            sentence = (
                f"The daemon had not been stopped properly: the {details['unsigned']} entries before were not signed"
            )
            self._note(UNCLEAN, line, f"{sentence} until here")

    # -- the end

    def _end_badly(self) -> None:
        last = self._bad[-1]
        if last.is_whole or len(self._bad) > 1:
            self._unreadable(self._bad)
        else:
            self._wrong(TORN, last, "The last line breaks off: the daemon was stopped while it wrote, or it was cut")

    def _journal_beyond(self) -> None:
        for head in self._foreign:
            self._wrong(FOREIGN_HEAD, None, f"The journal's head with number {head.seq} is not signed by this key")
        last_seq = self.verdict.last_seq
        for seq in sorted(self._journal):
            if seq <= last_seq:
                self._wrong(OTHER_HEAD, None, f"The journal has a head with number {seq}, and the log has none there")
        missing = max(self._journal, default=0) - last_seq
        if missing > 0:
            self._wrong(
                CUT, self._before, f"At least {missing} lines are missing at the end: the journal has a later head"
            )

    # -- telling

    def _unreadable(self, lines: list[Line]) -> None:
        for line in lines:
            self._wrong(UNREADABLE, line, "This line is no record as the daemon writes them: it was changed or added")

    def _wrong(self, kind: str, line: Line | None, sentence: str) -> None:
        self.verdict.problems.append(Finding(kind, _place(line), sentence))

    def _note(self, kind: str, line: Line | None, sentence: str) -> None:
        self.verdict.notes.append(Finding(kind, _place(line), sentence))


def _is_signed_head(head: Head, is_signed: Verify) -> bool:
    return is_signed(head_message(head.seq, head.hash), bytes.fromhex(head.signature))


def _place(line: Line | None) -> str:
    return "" if line is None else f"{line.file}:{line.number}"
