"""Tests of alie.canary.needles: a secret is found in every form that it may be left in, and nothing else is."""

from __future__ import annotations

import base64
import html
import io
import json
import sqlite3
import struct
from pathlib import Path
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.canary.needles import Needles, Secret
from alie.canary.phrases import distinctive
from alie.canary.recording import pieces
from tests.cli.files import folder_for

PHRASE = "Zyxquor blimfrast d'été"
NEEDLES = Needles([Secret("phrase", PHRASE)])


class FormTests(SynchronousTestCase):
    """Each of these is the phrase."""

    def assert_found(self, data: bytes) -> None:
        """By its label."""
        self.assertEqual({hit.label for hit in NEEDLES.find(b"before " + data + b" after")}, {"phrase"}, data)

    def test_texts(self) -> None:
        """Encodings of characters, and escapes."""
        inner = json.dumps({"text": PHRASE})
        for text in (PHRASE, PHRASE.upper(), PHRASE.lower(), inner, json.dumps(inner), quote(PHRASE)):
            self.assert_found(text.encode())
        for text in (quote_plus(PHRASE), html.escape(PHRASE), repr(PHRASE.encode()), PHRASE.encode().hex().upper()):
            self.assert_found(text.encode())
        for encoding in ("utf-16-le", "utf-16-be", "latin-1"):
            self.assert_found(PHRASE.encode(encoding))

    def test_words(self) -> None:
        """As a list, over lines, with marks between."""
        for text in (repr(PHRASE.split()), "zyxquor\nblimfrast\n\td'été", "Zyxquor, blimfrast... d'été!"):
            self.assert_found(text.encode())

    def test_nothing(self) -> None:
        """Parts of it are not it."""
        for text in (
            "zyxquor",
            "blimfrast zyxquor d'été",
            "Zyxquor and blimfrast d'été",
            base64.b64encode(b"Zyxquor").decode(),
        ):
            self.assertEqual(NEEDLES.find(text.encode()), [], text)

    @given(st.binary(max_size=9), st.binary(max_size=9), st.booleans())
    def test_base64(self, before: bytes, after: bytes, is_for_urls: bool) -> None:
        """Wherever in something longer, in both alphabets."""
        encode = base64.urlsafe_b64encode if is_for_urls else base64.b64encode
        hits = NEEDLES.find(encode(before + PHRASE.encode() + after))
        self.assertIn(("phrase", "base64"), [(hit.label, hit.form) for hit in hits])

    def test_too_short(self) -> None:
        """What would be found anywhere is not looked for."""
        self.assertRaises(ValueError, Needles, [Secret("x", "abc")])

    def test_repr(self) -> None:
        """A secret does not tell itself."""
        self.assertNotIn("Zyx", repr(Secret("phrase", PHRASE)))


class ScanTests(SynchronousTestCase):
    """Streams of any length."""

    def test_across_pieces(self) -> None:
        """The phrase where a piece ends, at every byte of it; the place is that of the stream."""
        for cut in range(len(PHRASE.encode()) + 1):
            start = (1 << 20) - cut
            (first, *_) = NEEDLES.scan(io.BytesIO(b"." * start + PHRASE.encode() + b"." * 100))
            self.assertEqual((first.label, first.form, first.offset), ("phrase", "text", start))

    def test_free_pages(self) -> None:
        """What SQLite was told to delete, and has not overwritten."""
        path = folder_for(self) / "x.db"
        database = sqlite3.connect(path)
        database.executescript("PRAGMA secure_delete=OFF; CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        database.execute("INSERT INTO t VALUES (?)", [PHRASE])
        database.commit()
        database.execute("DELETE FROM t WHERE x != 1")
        database.commit()
        database.close()
        with Path(path).open("rb") as stream:
            self.assertTrue(NEEDLES.scan(stream))


class PhraseTests(SynchronousTestCase):
    """What of a text can be looked for."""

    def test_runs(self) -> None:
        """Three words or more, eighteen letters or more; marks do not count."""
        self.assertEqual(
            distinctive("That is not a valid conference number. Please try again."),
            [
                "That is not a valid conference",
                "is not a valid conference",
                "not a valid conference",
                "a valid conference number",
                "valid conference number",
                "conference number Please",
                "number Please try again",
            ],
        )

    def test_nothing_to_tell_apart(self) -> None:
        """A few short words could be anybody's."""
        self.assertEqual(distinctive("Is not a valid."), [])


class RecordingTests(SynchronousTestCase):
    """Audio that somebody kept."""

    def test_forms(self) -> None:
        """In a file of samples, of floats, in Base64; not in silence."""
        samples = [(number * 7919) % 4001 - 2000 for number in range(4800)]
        pcm = struct.pack("<4800h", *samples)
        needles = Needles(pieces("audio", pcm))
        for data in (
            b"RIFF" + pcm,
            struct.pack("<4800f", *[one / 32768 for one in samples]),
            base64.b64encode(b"x" + pcm),
        ):
            self.assertTrue(needles.find(data))
        self.assertEqual(needles.find(bytes(9600)), [])

    def test_silence(self) -> None:
        """Has nothing to look for."""
        self.assertEqual(pieces("audio", bytes(32000)), [])
