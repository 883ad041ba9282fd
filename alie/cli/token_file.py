"""The file of --token-file: read at the start, and again when a newer token is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThreadPool


def read_token(path: str) -> str:
    """The first word of a file.

    Raises:
        ValueError: the file cannot be read or holds none, in a sentence that does not quote it.
    """
    try:
        lines = Path(path).read_text(encoding="ascii").split(maxsplit=1)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"--token-file {path} cannot be read: {type(error).__name__}") from None
    if not lines:
        raise ValueError(f"--token-file {path} is empty")
    return lines[0]


async def find_token(reactor: Any, path: str | None) -> str | None:
    """What the file has now; None where there is no file, or no token in it for the moment: it may be being written."""
    if path is None:
        return None
    try:
        return await deferToThreadPool(reactor, reactor.getThreadPool(), read_token, path)
    except ValueError:
        return None
