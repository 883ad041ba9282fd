"""`alie audit canary`: dictates to a live server, and looks for what was said in every place that can be seen."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from alie.audit.chain import iso
from alie.canary import journal
from alie.canary.needles import Needles, Secret
from alie.canary.process import Process, listener
from alie.canary.report import Report
from alie.canary.search import NOT_SEARCHED, Finding, Search
from alie.cli.address import Address
from alie.cli.audit.canary_walk import Walk
from alie.cli.aws.settings import add_file
from alie.cli.reasons import SessionFailed
from alie.config import read_settings
from alie.origins import is_loopback
from alie.settings import Settings

_NO_PROCESS = "which process it is cannot be seen from here: give --pid, or run this as root"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        address: of the server.
        language_code: "en-US" or "fr-CA", of the spoken sample.
        token: proof of who is speaking, None where the server wants none.
        process: the daemon, None where it cannot be seen.
        state_dir: where it keeps what it keeps, None where that is not known.
        unit: of systemd; None: the process's own, if any.
        journal: a file with what the daemon wrote; None: journalctl is asked.
        folders: more places to search.
    """

    address: Address
    language_code: str
    token: str | None
    process: Process | None
    state_dir: Path | None
    unit: str | None
    journal: Path | None
    folders: tuple[Path, ...]


def order(options: argparse.Namespace, token: str | None, environ: Mapping[str, str]) -> Order:
    """Finds out what the command line leaves open: which process, and where it keeps its state.

    Args:
        options: of `add_audit`.
        token: proof of who is speaking.
        environ: of this process; the daemon's own counts more, where it can be seen.

    Raises:
        OSError: the file of settings cannot be read.
        ValueError: it is none.
    """
    pid = options.pid or _pid(options.unit, options.url)
    process = None if pid is None else Process(pid)
    values = dict((process.environment() if process else None) or environ)
    if options.env_file is not None:
        add_file(values, options.env_file)
    state_dir = options.state_dir or read_settings(Settings(values)).state_dir
    return Order(
        address=options.url,
        language_code=options.language,
        token=token,
        process=process,
        state_dir=Path(state_dir) if state_dir else None,
        unit=options.unit or (process.unit() if process else None),
        journal=options.journal,
        folders=tuple(options.folder),
    )


async def canary(reactor: Any, asked: Order, as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    """Dictates, searches, and writes a line for each place or one JSON object; the report is kept for the statement.

    Returns:
        Exit status: 0 where nothing was found, else 1.
    """
    began_s = time.time()
    walk = Walk(reactor, asked.address, asked.language_code, asked.token)
    try:
        secrets = await walk.take()
    except SessionFailed as error:
        stderr.write(f"alie: {error}\n")
        return 1
    report = Report(iso(began_s), asked.address.http_url("/"), findings(asked, secrets, walk.answers, began_s))
    if as_json:
        stdout.write(json.dumps(report.content(), ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.writelines(f"{one.state:<13} {one.place}: {one.detail}\n" for one in report.findings)
        stdout.write(f"{report.summary}.\n")
    return max(0 if report.is_good else 1, _keep(report, asked.state_dir, stderr))


def findings(asked: Order, secrets: list[Secret], answers: Mapping[str, bytes], began_s: float) -> list[Finding]:
    """Searches every place.

    Args:
        asked: where to look.
        secrets: what for.
        answers: of the server, by name.
        began_s: when the dictation began, in seconds of the epoch.
    """
    search = Search(Needles(secrets))
    found = [search.data(place, content) for place, content in answers.items()]
    if asked.journal is not None:
        found.append(search.file(journal.PLACE, asked.journal))
    else:
        found.append(journal.search_unit(search, asked.unit, began_s))
    if asked.state_dir is not None:
        found.append(search.folder("state directory", asked.state_dir))
    else:
        found.append(Finding("state directory", NOT_SEARCHED, "it is not known: give --state-dir"))
    found += [search.folder("folder", folder) for folder in asked.folders]
    if asked.process is None:
        return [*found, Finding("process", NOT_SEARCHED, _NO_PROCESS)]
    return [*found, *asked.process.findings(search), *_others(asked.process, search, began_s)]


def _others(process: Process, search: Search, began_s: float) -> list[Finding]:
    """Where it could have written besides. Only what has changed since: these folders are not the daemon's alone."""

    def is_new(path: Path) -> bool:
        return path.stat().st_mtime >= began_s - 1 and process.owns(path)

    found = [search.folder("temporary files", folder, is_new) for folder in process.temporary_folders()]
    working = process.working_folder()
    if working is None:
        return [*found, Finding("working folder", NOT_SEARCHED, "which it is cannot be seen from here")]
    # Of the root of all files the rest is searched already, or is not the daemon's to write to.
    return found if working == Path("/") else [*found, search.folder("working folder", working, is_new)]


def _pid(unit: str | None, address: Address) -> int | None:
    if unit is not None:
        command = ["systemctl", "show", "--property=MainPID", "--value", unit]
        try:
            told = subprocess.run(command, capture_output=True, timeout=10, check=False).stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            told = b""
        if told.isdigit() and int(told):
            return int(told)
    return listener(address.port) if is_loopback(address.host) else None


def _keep(report: Report, folder: Path | None, stderr: TextIO) -> int:
    try:
        if folder is None:
            raise FileNotFoundError(2, os.strerror(2), "the state directory")
        report.keep(folder)
    except OSError as error:
        stderr.write(f"alie: the report could not be kept: {error.filename}: {error.strerror}\n")
        return 1
    return 0
