"""What is logged, and how: from texts to values."""

from __future__ import annotations

from dataclasses import dataclass

from alie.settings import Settings

AUTO, JSON, TEXT = "auto", "json", "text"
OWN = "alie"
"""The namespace of our own loggers."""

LEVELS = {
    "debug": "debug",
    "info": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "critical": "critical",
    # Names that loggers of Node have besides (npm, syslog, pino): what a `.env` says is taken for the nearest.
    "trace": "debug",
    "silly": "debug",
    "verbose": "debug",
    "http": "debug",
    "notice": "info",
    "err": "error",
    "crit": "critical",
    "fatal": "critical",
    "alert": "critical",
    "emerg": "critical",
    "silent": "critical",
}
"""What may be said, and Twisted's name of it."""

_RULE = (
    "must be one of error, warn, info, debug, and then what parts of Alie log instead, as in info,alie.engines=debug"
)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged, and how.

    Attributes:
        form: `auto`, `json` or `text`.
        levels: the lowest level that is logged, by the namespace of the logger; "": of all others.
    """

    form: str = AUTO
    levels: tuple[tuple[str, str], ...] = (("", "info"),)


def read_log(settings: Settings) -> LogSettings:
    """Reads `LOG_LEVEL` and `ALIE_LOG_FORMAT`."""
    form = settings.text("ALIE_LOG_FORMAT", AUTO, allowed=(AUTO, JSON, TEXT))
    return LogSettings(form, _levels(settings))


def _levels(settings: Settings) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for item in settings.text("LOG_LEVEL", "info").split(","):
        namespace, _, name = (part.strip() for part in item.rpartition("="))
        level = LEVELS.get(name.lower())
        if level is None or namespace in found or not _is_own(namespace):
            settings.complain("LOG_LEVEL", _RULE)
            return LogSettings().levels
        found[namespace] = level
    found.setdefault("", "info")
    if found[""] == "debug":
        # Libraries' lines of that level quote what they were given.
        found = {OWN: "debug", **found, "": "info"}
    return tuple(sorted(found.items()))


def _is_own(namespace: str) -> bool:
    return namespace in ("", OWN) or namespace.startswith(f"{OWN}.")
