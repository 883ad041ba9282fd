"""Lists settings with what they amount to and where that comes from. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from alie.cli.config.reading import DEFAULT, Given
from alie.cli.config.secrecy import is_secret, without_user
from alie.config import IGNORED
from alie.settings import Settings

HIDDEN = "(set; not shown)"
NOT_SET = ""
NO_EFFECT = "has no effect"
REFUSED = "its value is refused, and the default stands here"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting.

    Attributes:
        name: of it.
        value: what it amounts to; empty: nothing is set. Never a secret.
        source: where that comes from.
        remark: what is odd about it, or empty.
    """

    name: str
    value: str
    source: str
    remark: str = ""


def rows(settings: Settings, given: Given) -> list[Row]:
    """A row for each name that the daemon knows, then for those that others read: Amazon's library, or nobody.

    Args:
        settings: from which everything was read.
        given: what was set where.
    """
    refused = {complaint.split(" ", 1)[0] for complaint in settings.complaints}
    # Of the environment nobody else's names are listed: it is full of them, and may hold their secrets.
    beside = {name for name in settings.given() if name.startswith("AWS_") or name in IGNORED} | set(given.in_file)
    return [
        *(_own(name, value, given, name in refused) for name, value in sorted(settings.effective.items())),
        *(_other(name, given) for name in sorted(beside - set(settings.effective))),
    ]


def text(value: object) -> str:
    """A value as it would be written in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return without_user(str(value))


def _own(name: str, value: object, given: Given, is_refused: bool) -> Row:
    shown = text(value) if not is_secret(name) else HIDDEN if value else NOT_SET
    return Row(name, shown, given.source(name), REFUSED if is_refused else "")


def _other(name: str, given: Given) -> Row:
    source = given.source(name)
    if source == DEFAULT:
        return Row(name, NOT_SET, source)
    if not name.startswith("AWS_"):
        return Row(name, HIDDEN, source, NO_EFFECT)
    return Row(name, HIDDEN if is_secret(name) else without_user(given.values[name]), source, "for Amazon's library")
