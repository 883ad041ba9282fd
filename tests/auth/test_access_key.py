"""Tests of alie.auth.access_key: what a key looks like, and what does not look like one."""

from __future__ import annotations

import hashlib

from twisted.trial.unittest import SynchronousTestCase

from alie.auth.access_key import mint, read


class AccessKeyTests(SynchronousTestCase):
    """By values."""

    def test_what_is_minted_can_be_read(self) -> None:
        text, kept = mint()
        self.assertEqual(read(text), kept)
        self.assertRegex(text, r"^alie_[a-z2-7]{8}_[a-z2-7]{52}$")
        self.assertEqual(kept.key_id, text.split("_")[1])
        self.assertEqual(kept.digest, hashlib.sha256(text.split("_")[2].encode()).hexdigest())

    def test_no_two_are_alike(self) -> None:
        """In no part."""
        keys = [mint()[0].split("_") for _ in range(200)]
        self.assertEqual(len({key[1] for key in keys}), 200)
        self.assertEqual(len({key[2] for key in keys}), 200)

    def test_what_looks_like_none(self) -> None:
        """No part may be longer, shorter or of other characters; nothing may be around it."""
        text = mint()[0]
        wrong = (
            "",
            "alie_",
            text[:-1],
            text + "a",
            text + "\n",
            " " + text,
            text.upper(),
            text.replace("alie_", "Alie_"),
            text.replace("_", "-"),
            text[:-1] + "1",
            text[:-1] + "é",
            "a" * 100_000,
            "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        )
        self.assertEqual([read(other) for other in wrong], [None] * len(wrong))

    def test_nothing_shows_the_digest(self) -> None:
        kept = mint()[1]
        self.assertNotIn(kept.digest, repr(kept))
