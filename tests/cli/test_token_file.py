"""The file of --token-file."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from alie.cli.token_file import find_token, read_token
from tests.cli.files import folder_for


class TokenFileTests(TestCase):
    """Its first word, now; what is wrong with it is told without quoting it."""

    def setUp(self) -> None:
        self.path = folder_for(self) / "token"

    async def found(self) -> str | None:
        return await find_token(reactor, str(self.path))

    async def test_a_newer_one_is_found(self) -> None:
        for token in ("old", "new"):
            self.path.write_text(f"{token}\n# a note\n")
            self.assertEqual((read_token(str(self.path)), await self.found()), (token, token))

    async def test_a_file_that_is_being_written_has_none_yet(self) -> None:
        self.assertIsNone(await self.found())
        self.path.write_text("")
        self.assertIsNone(await self.found())

    async def test_no_file_was_named(self) -> None:
        self.assertIsNone(await find_token(reactor, None))

    def test_what_is_wrong_is_told_without_a_token(self) -> None:
        self.path.write_bytes("sécret".encode())
        with self.assertRaises(ValueError) as raised:
            read_token(str(self.path))
        self.assertEqual(str(raised.exception), f"--token-file {self.path} cannot be read: UnicodeDecodeError")
