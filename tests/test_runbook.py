"""docs/operations.md: each command is run by a test, and the reader of its blocks reads them right."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.runbook import Block, blocks

ROOT = Path(__file__).parents[1]
EXAMPLE = """\
# Page

## First
```sh tests/production/test_one.py
# no heading
true
```
### Inner
```nginx
server {}
```
"""


class PageTests(SynchronousTestCase):
    """The page itself."""

    def test_each_command_is_run(self) -> None:
        """By the module that its block names, which reads them from the page."""
        for block in blocks():
            if block.language == "sh":
                module = ROOT / block.test
                self.assertTrue(block.test and module.is_file(), block)
                self.assertIn("runbook", module.read_text(), block)
                self.assertIn(f'"{block.section}"', module.read_text(), block)


class ReaderTests(SynchronousTestCase):
    """How blocks are read."""

    def test_blocks(self) -> None:
        """With their heading, language and test."""
        self.assertEqual(
            blocks(page=EXAMPLE),
            [
                Block("First", "sh", "tests/production/test_one.py", "# no heading\ntrue\n"),
                Block("Inner", "nginx", "", "server {}\n"),
            ],
        )

    def test_one_section(self) -> None:
        """Only its own."""
        self.assertEqual([block.language for block in blocks("Inner", page=EXAMPLE)], ["nginx"])

    def test_none(self) -> None:
        """A section without blocks is an error."""
        self.assertRaises(LookupError, blocks, "Nowhere", page=EXAMPLE)
