"""Runs `alie config`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TextIO

from alie import config as configuration
from alie.cli.config.reading import Given, settings_of, unreadable
from alie.cli.config.showing import Row, rows
from alie.cli.unit import find
from alie.settings import Settings


def config(options: argparse.Namespace, environ: Mapping[str, str], stdout: TextIO, stderr: TextIO) -> int:
    """Does what the command line asks for.

    Args:
        options: of `add_config`.
        environ: of the process.
        stdout: where the settings go, or that all is well.
        stderr: where everything goes that is wrong.

    Returns:
        Exit status: 0, or 1 where something is wrong.
    """
    try:
        unit = find(options.unit)
        found = settings_of(environ, options.env_file, unit)
    except (OSError, ValueError) as error:
        stderr.write(f"alie: {unreadable(error, options.env_file)}\n")
        return 1
    if options.action == "show":
        return _show(found, options.as_json, stdout, stderr)
    from alie.cli.config.starting import would_start

    verdict = would_start(found, unit)
    _tell(verdict.problems, stderr)
    if options.as_json:
        stdout.write(json.dumps({"ok": not verdict.problems, **asdict(verdict)}, ensure_ascii=False, indent=2) + "\n")
    elif not verdict.problems:
        stdout.write("".join(f"{note}\n" for note in ("The daemon would start.", *verdict.notes)))
    return 1 if verdict.problems else 0


def _show(found: Given, as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    settings = Settings(found.values)
    configuration.examine(settings)
    listed = rows(settings, found)
    if as_json:
        content = {"settings": [asdict(row) for row in listed], "problems": settings.complaints}
        stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.write(table(listed))
    _tell(settings.complaints, stderr)
    return 1 if settings.complaints else 0


def table(listed: list[Row]) -> str:
    """For people: three columns, the widest last, and what is odd behind."""
    width = max(len(row.name) for row in listed)
    return "".join(
        f"{row.name:<{width}}  {row.source:<11}  {row.value}{f'  [{row.remark}]' if row.remark else ''}".rstrip() + "\n"
        for row in listed
    )


def _tell(complaints: list[str], stderr: TextIO) -> None:
    stderr.write("".join(f"alie: {complaint}\n" for complaint in complaints))
