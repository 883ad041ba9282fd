"""Tests of alie.audit.verification and chain: every kind of tampering is found, and told for what it is."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.audit import verdict as kind
from alie.audit.chain import BadLine, Head, canonical, event_line, hash_of, read_line
from alie.audit.checking import summary
from alie.audit.fields import fields
from alie.audit.interface import AuditEvent
from alie.audit.keys import SigningKey
from tests.audit.logs import NOW_S, OWN_KEY, Chain, event, judged, kinds

Lines = list[bytes]


def log() -> Chain:
    """Ten entries, a head, ten entries, a head: lines 11 and 22 are heads."""
    return Chain().entries(10).head().entries(10).head()


def edit(number: int, old: bytes, new: bytes) -> Callable[[Lines], Lines]:
    """Changes line `number`, from 1."""

    def change(lines: Lines) -> Lines:
        assert old in lines[number - 1]
        return [*lines[: number - 1], lines[number - 1].replace(old, new, 1), *lines[number:]]

    return change


def rechained(lines: Lines, begin: int) -> Lines:
    """Every link and hash after line `begin` made right again, as somebody without the key can."""
    lines = list(lines)
    for at in range(begin, len(lines)):
        record = json.loads(lines[at])
        record |= {"seq": at + 1, "prev": hash_of(lines[at - 1])}
        if record["type"] == "head":
            rest = {name: value for name, value in record.items() if name not in ("hash", "signature")}
            record["hash"] = hash_of(canonical(rest))
        lines[at] = canonical(record)
    return lines


def resigned(lines: Lines, key: SigningKey) -> Lines:
    """The whole log made anew with another key."""
    other = Chain(key)
    for line in lines:
        other.head() if b'"type":"head"' in line else other.entries(1)
    return other.lines


def with_key(number: int, **changes: object) -> Callable[[Lines], Lines]:
    """Changes fields of a line, and spells it properly."""

    def change(lines: Lines) -> Lines:
        record = {**json.loads(lines[number - 1]), **changes}
        return [*lines[: number - 1], canonical(record), *lines[number:]]

    return change


FOREIGN = event_line(5, "0" * 64, NOW_S, fields(event(), None))
TAMPERINGS: dict[str, tuple[Callable[[Lines], Lines], list[str]]] = {
    "a number is changed": (edit(3, b'"finals":2', b'"finals":3'), [kind.CHANGED]),
    "an outcome is changed": (with_key(3, outcome="CAPACITY"), [kind.CHANGED]),
    "a user is changed": (with_key(3, userId="bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"), [kind.CHANGED]),
    "a user is removed": (with_key(3, userId=None), [kind.CHANGED]),
    "a time is changed": (with_key(3, time="2026-09-21T00:00:00.000Z"), [kind.CHANGED]),
    "a detail is added": (with_key(3, details={"count": 1}), [kind.CHANGED]),
    "a link is changed": (with_key(3, prev="f" * 64), [kind.CHANGED, kind.CHANGED]),
    "the first link is changed": (with_key(1, prev="f" * 64), [kind.BEGINNING, kind.CHANGED]),
    "a field is added": (with_key(3, note="x"), [kind.UNREADABLE]),
    "a text is smuggled in": (with_key(3, details={"note": "the patient said"}), [kind.UNREADABLE]),
    "a float that should be whole": (edit(3, b'"finals":2', b'"finals":2.0'), [kind.UNREADABLE]),
    "a blank is added": (edit(3, b'":', b'": '), [kind.UNREADABLE]),
    "a name comes twice": (edit(3, b'"way":', b'"way":"key","way":'), [kind.UNREADABLE]),
    "another spelling": (edit(3, b"fr-CA", b"fr\\u002dCA"), [kind.UNREADABLE]),
    "a line is removed": (lambda lines: lines[:4] + lines[5:], [kind.GAP]),
    "three lines are removed": (lambda lines: lines[:4] + lines[7:], [kind.GAP]),
    "the first line is removed": (lambda lines: lines[1:], [kind.BEGINNING]),
    "a head is removed": (lambda lines: lines[:10] + lines[11:], [kind.GAP]),
    "two lines change places": (
        lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]],
        [kind.GAP, kind.REPEATED, kind.GAP],
    ),
    "a line comes twice": (lambda lines: [*lines[:5], lines[4], *lines[5:]], [kind.REPEATED]),
    "a record is put in": (lambda lines: [*lines[:4], FOREIGN, *lines[4:]], [kind.CHANGED, kind.REPEATED]),
    "a text is put in": (lambda lines: [*lines[:4], b"hello", *lines[4:]], [kind.UNREADABLE]),
    "an empty line is put in": (lambda lines: [*lines[:4], b"", *lines[4:]], [kind.UNREADABLE]),
    "a line becomes a text": (lambda lines: [*lines[:4], b"hello", *lines[5:]], [kind.UNREADABLE]),
    "two lines become one": (lambda lines: [*lines[:4], lines[4] + lines[5], *lines[6:]], [kind.UNREADABLE, kind.GAP]),
    "a line is broken in two": (
        lambda lines: [*lines[:4], lines[4][:9], lines[4][9:], *lines[5:]],
        [kind.UNREADABLE] * 2,
    ),
    "zeros in the middle": (lambda lines: [*lines[:4], bytes(200), *lines[5:]], [kind.UNREADABLE]),
    "an entry is changed, and all links": (
        lambda lines: rechained(edit(3, b'"finals":2', b'"finals":3')(lines), 3),
        [kind.BAD_SIGNATURE, kind.BAD_SIGNATURE, kind.UNSIGNED],
    ),
    "an entry is removed, and all links and numbers changed": (
        lambda lines: rechained(lines[:4] + lines[5:], 4),
        [kind.BAD_SIGNATURE, kind.BAD_SIGNATURE, kind.UNSIGNED],
    ),
    "all is made anew with another key": (
        lambda lines: resigned(lines, SigningKey.generate()),
        [kind.FOREIGN_KEY, kind.FOREIGN_KEY, kind.UNSIGNED],
    ),
    "another key says that it is ours": (
        lambda lines: [
            with_key(1, key=OWN_KEY.public.id)([line])[0] if b'"head"' in line else line
            for line in resigned(lines, SigningKey.generate())
        ],
        [kind.BAD_SIGNATURE, kind.CHANGED, kind.BAD_SIGNATURE, kind.UNSIGNED],
    ),
    "all heads are dropped, and all made anew": (
        lambda lines: Chain().entries(len(lines)).lines,
        [kind.UNSIGNED],
    ),
    "the time of the last head is changed": (with_key(22, time="2026-09-21T00:00:00.000Z"), [kind.BAD_SIGNATURE]),
    "the hash of a head is changed": (with_key(11, hash="f" * 64), [kind.BAD_SIGNATURE, kind.CHANGED]),
    "a signature is another's": (
        lambda lines: with_key(22, signature=json.loads(lines[10])["signature"])(lines),
        [kind.BAD_SIGNATURE],
    ),
    "a signature is zeros": (with_key(22, signature="0" * 128), [kind.BAD_SIGNATURE]),
    "a head becomes an entry": (
        lambda lines: [*lines[:10], event_line(11, hash_of(lines[9]), NOW_S, fields(event(), None)), *lines[11:]],
        [kind.CHANGED],
    ),
    "all is removed": (lambda lines: [], [kind.EMPTY]),
    "all is another thing": (lambda lines: [b"#!/bin/sh"], [kind.UNREADABLE, kind.UNSIGNED]),
}


class TamperingTests(SynchronousTestCase):
    """What is done to a log is found, and nothing else is."""

    def test_a_log_that_nobody_touched(self) -> None:
        verdict = judged(log().lines)
        self.assertEqual((verdict.problems, verdict.notes), ([], []))
        self.assertEqual((verdict.entries, verdict.heads, verdict.first_seq, verdict.last_seq), (20, 2, 1, 22))

    def test_every_kind(self) -> None:
        self.assertGreaterEqual(len(TAMPERINGS), 25)
        for name, (tamper, expected) in TAMPERINGS.items():
            self.assertEqual(kinds(judged(tamper(log().lines))), expected, name)

    def test_the_place_is_told(self) -> None:
        found = judged(edit(3, b'"finals":2', b'"finals":3')(log().lines)).problems
        self.assertEqual([(one.place, "f:4" in one.sentence) for one in found], [("f:3", True)])

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_any_byte_of_any_line(self, data: st.DataObject) -> None:
        """The ends of lines included: a change there joins or breaks lines."""
        content = b"\n".join(LOG) + b"\n"
        at = data.draw(st.integers(0, len(content) - 2))
        byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
        changed = content[:at] + bytes([byte]) + content[at + 1 :]
        self.assertTrue(kinds(judged(changed.split(b"\n")[:-1])))

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_any_piece_cut_out(self, data: st.DataObject) -> None:
        """All but a tail that begins with a line."""
        content = b"\n".join(LOG) + b"\n"
        begin = data.draw(st.integers(0, len(content) - 3))
        end = data.draw(st.integers(begin + 1, len(content) - 2))
        lines = (content[:begin] + content[end:]).split(b"\n")[:-1]
        self.assertTrue(kinds(judged(lines)))


LOG = Chain().entries(3).head().entries(3).head().lines


class TailTests(SynchronousTestCase):
    """What comes after the last head, and what the journal proves."""

    def test_a_tail_that_is_cut_cannot_be_proved(self) -> None:
        """Nor that it was not: what there is after the last head is told."""
        lines = Chain().entries(10).head().entries(5).lines
        verdict = judged(lines)
        self.assertEqual(([note.kind for note in verdict.notes], verdict.unsigned), ([kind.NOT_PROVABLE], 5))
        self.assertTrue(judged(lines[:13]).is_good)

    def test_a_cut_right_after_a_head(self) -> None:
        """Leaves a log as good as any: that it ends there only the journal's head of that very line proves."""
        chain = log()
        for lines, heads, is_proved in (
            (chain.lines[:11], [], False),
            (chain.lines, [], False),
            (chain.lines, chain.heads[:1], False),
            (chain.lines, chain.heads, True),
            (log().entries(1).lines, chain.heads, False),
        ):
            verdict = judged(lines, heads)
            self.assertEqual((verdict.problems, verdict.is_end_proved), ([], is_proved))
            self.assertEqual("only the journal" in summary(verdict), not is_proved)

    def test_the_journal_proves_that_it_was_cut(self) -> None:
        chain = log()
        self.assertTrue(judged(chain.lines, chain.heads).is_good)
        for kept in (21, 15, 11):
            verdict = judged(chain.lines[:kept], chain.heads)
            self.assertEqual(kinds(verdict), [kind.CUT])
            self.assertIn(f"At least {22 - kept} lines", verdict.problems[0].sentence)

    def test_a_daemon_that_goes_on_after_a_cut(self) -> None:
        """It signs other lines with the numbers of those that were cut."""
        chain = log()
        other = Chain()
        other.lines = chain.lines[:14]
        other.head().entries(6).head()
        self.assertTrue(judged(other.lines).is_good)
        self.assertEqual(kinds(judged(other.lines, [*chain.heads, *other.heads])), [kind.OTHER_HEAD])

    def test_a_journal_of_another_log(self) -> None:
        foreign = Chain(SigningKey.generate()).entries(3).head()
        self.assertEqual(kinds(judged(log().lines, foreign.heads)), [kind.FOREIGN_HEAD])
        self.assertEqual(kinds(judged(log().lines, [Head(99, "0" * 64, "0" * 128)])), [kind.FOREIGN_HEAD])

    def test_a_head_where_the_log_has_none(self) -> None:
        other = Chain().entries(4).head()
        self.assertEqual(kinds(judged(log().lines, other.heads)), [kind.OTHER_HEAD])

    def test_a_last_line_that_breaks_off(self) -> None:
        lines = log().entries(2).lines
        for cut in (1, 100, len(lines[-1]) - 1):
            self.assertEqual(kinds(judged([*lines[:-1], lines[-1][:cut]], is_whole=False)), [kind.TORN])
        self.assertEqual(kinds(judged(lines, is_whole=False)), [kind.TORN])

    def test_a_torn_line_that_the_daemon_recorded(self) -> None:
        """Whether the line tore into one piece or, by what a disk leaves, several."""
        for torn in (b'{"action":"dict', bytes(100), b"a\n\nb"):
            chain = log()
            record = fields(AuditEvent("audit.torn", details={"bytes": len(torn)}), None)
            chain.lines += [*torn.split(b"\n"), event_line(23, hash_of(torn), NOW_S, record)]
            verdict = judged(chain.lines)
            self.assertEqual((kinds(verdict), verdict.notes[0].kind), ([], kind.RECOVERED))
            changed = [*chain.lines[:22], b"x" + chain.lines[22], *chain.lines[23:]]
            self.assertIn(kind.UNREADABLE, kinds(judged(changed)))

    def test_too_much_without_a_head(self) -> None:
        self.assertEqual(kinds(judged(Chain().head().entries(201).head().lines)), [kind.UNSIGNED])
        self.assertTrue(judged(Chain().head().entries(200).head().lines).is_good)


class LineTests(SynchronousTestCase):
    """One line: its only spelling."""

    def test_what_is_no_line(self) -> None:
        for line in (b"", b"1", b"[]", b"{}", b"[" * 5000, b"9" * 9000, b'{"a":NaN}', b"\xff", b"null", b'{"seq":1}'):
            self.assertRaises(BadLine, read_line, line)

    def test_a_line_is_ascii_and_short(self) -> None:
        line = Chain().entries(1).lines[0]
        self.assertTrue(line.isascii())
        self.assertLess(len(line), 800)
        self.assertEqual(canonical(read_line(line)), line)
