"""What verification of an audit log looks at, and what it says. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

TORN_ACTION, START_ACTION = "audit.torn", "audit.start"
LOST_ACTION, DISTURBED_ACTION = "audit.lost", "audit.disturbed"

# What may be wrong.
EMPTY = "empty"
BEGINNING = "beginning"
UNREADABLE = "unreadable"
CHANGED = "changed"
GAP = "gap"
REPEATED = "repeated"
TORN = "torn"
FOREIGN_KEY = "foreign-key"
BAD_SIGNATURE = "bad-signature"
UNSIGNED = "unsigned"
CUT = "cut"
OTHER_HEAD = "other-head"
FOREIGN_HEAD = "foreign-head"
# What should be known.
NOT_PROVABLE = "not-provable"
RECOVERED = "recovered"
LOST = "lost"
DISTURBED = "disturbed"
UNCLEAN = "unclean"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was found.

    Attributes:
        file: where.
        number: in that file, from 1.
        content: its bytes, without the end.
        is_whole: whether it has its end.
    """

    file: str
    number: int
    content: bytes
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that should be known.

    Attributes:
        kind: one of the words above.
        place: file:line; empty where none is meant.
        sentence: for people; holds nothing of a record but numbers.
    """

    kind: str
    place: str
    sentence: str


@dataclass(slots=True)
class Verdict:
    """What verification has found.

    Attributes:
        problems: what is wrong.
        notes: what should be known.
        entries: events that were read.
        heads: good heads.
        first_seq: of the first readable line; 0: there is none.
        last_seq: of the last readable line.
        unsigned: entries after the last good head: what becomes of them cannot be proved yet.
        is_end_proved: whether the journal has the head that the log ends with. Where it has not, or was not asked, that
            nothing was cut off after the end is not provable.
    """

    problems: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    entries: int = 0
    heads: int = 0
    first_seq: int = 0
    last_seq: int = 0
    unsigned: int = 0
    is_end_proved: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems
