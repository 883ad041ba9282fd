"""The commands of docs/operations.md, so that tests run what the page says, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
_FENCE = re.compile(r"^```(\w*)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^(#{2,3}) +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        section: the heading above it.
        language: `sh`, `nginx`, `ini`...
        test: the module that runs it (tests/production/test_nginx.py); empty: none is named.
        text: its lines.
    """

    section: str
    language: str
    test: str
    text: str


def blocks(section: str | None = None, *, page: str | None = None) -> list[Block]:
    """All blocks in order, or those under one heading (its own subheadings are headings of their own).

    Args:
        section: None: all.
        page: the text; None: docs/operations.md.

    Raises:
        LookupError: there is none in this section, so that a test of it would show nothing.
    """
    page = PAGE.read_text() if page is None else page
    headings = [(match.start(), match[2].strip()) for match in _SECTION.finditer(page)]
    found = []
    for match in _FENCE.finditer(page):
        above = [name for at, name in headings if at < match.start()]
        found.append(Block(above[-1] if above else "", match[1], match[2] or "", match[3]))
    found = [block for block in found if section in (None, block.section)]
    if section is not None and not found:
        raise LookupError(section)
    return found


def commands(section: str) -> str:
    """The shell commands of one section, one block after the other.

    Raises:
        LookupError: it has none.
    """
    texts = [block.text for block in blocks(section) if block.language == "sh"]
    if not texts:
        raise LookupError(section)
    return "".join(texts)
