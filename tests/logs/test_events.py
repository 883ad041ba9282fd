"""Every event that Alie logs has a name, and docs/operations.md says what it means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import alie
from tests.support.runbook import PAGE

LEVELS = {"debug", "info", "warn", "error", "critical", "failure"}
NAME = re.compile(r"[a-z]+(\.[a-z_]+)?")
FIELDS = {"time", "level", "logger", "event", "message", "error", "traceback"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in Alie's code, and where it is."""
    for path in Path(alie.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield f"{path}:{node.lineno}", node


def is_logging(call: ast.Call) -> bool:
    """Whether it is a method of a logger."""
    called = call.func
    return isinstance(called, ast.Attribute) and called.attr in LEVELS and "log" in ast.unparse(called.value).lower()


def event_of(call: ast.Call) -> str | None:
    """The name of an event, where the call gives one."""
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg == "event" and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return None


def section() -> str:
    """The page's section on logs."""
    return PAGE.read_text().split("\n## Logs\n")[1].split("\n## ")[0]


def documented() -> set[str]:
    """Events in the page's table."""
    rows = re.findall(r"^\| (`[^|]+`) \|", section(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)} - FIELDS


class EventTests(SynchronousTestCase):
    """Names of events."""

    def test_everything_has_one(self) -> None:
        """Whoever watches the log looks for names, not for sentences."""
        nameless = [place for place, call in calls() if is_logging(call) and event_of(call) is None]
        self.assertEqual(nameless, [])
        self.assertGreater(len([call for _, call in calls() if is_logging(call)]), 40)

    def test_the_page_lists_them(self) -> None:
        """All, and no other."""
        used = {event for _, call in calls() if (event := event_of(call)) and NAME.fullmatch(event)}
        self.assertEqual(documented(), used | {"log.lost"})

    def test_fields(self) -> None:
        """Those that any line may have."""
        rows = re.findall(r"^\| `(\w+)` \|", section(), re.MULTILINE)
        self.assertEqual(set(rows) & FIELDS, FIELDS)
