"""The command line of `alie audit`."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

from alie.cli.address import Address, parse
from alie.speech import EN_US, LANGUAGE_CODES

DEFAULT_URL = "http://127.0.0.1:3001"
"""Where a daemon listens that is told nothing."""
_ABOUT = """\
The audit log: who did what and when, never what was said."""
_VERIFY = """\
Reads every line of the audit log, and verifies the chain of hashes and the signed heads. May be used while the daemon
runs.
Exit status 0: all is as the daemon wrote it. 1: it is not, and each fault is told with file and line.

What was written after the last signed head is not provable. With --heads it is proved that nothing was cut off before
the last head that the journal has:
  journalctl -u alie-backend -o cat -g 'audit head' > heads.txt"""
_INCIDENT = """\
Writes what the audit log knows of an incident, for the registers and notices that Quebec's law asks of a clinic:
R-22.1, r. 1 (sections 11 and 15) and, under P-39.1, A-2.1, r. 3.1 (sections 3 and 7). What only the clinic can know
is there to be filled in. FILE is JSON, signed where the key can be read; beside it comes a summary, FILE with .md.
Exit status 0: both were written. 1: they were not."""
_CANARY = """\
Dictates a spoken sample to the running daemon, sends it random tokens where none belong, and then looks for the words,
the sound and the tokens in every place that can be seen: the journal, the state directory with the database and the
audit log, temporary files, the process's environment, command line and open files, metrics and answers. Run it as root
on the server: others cannot see all of it. Each place is reported as searched, not searched (and why), or FOUND (and
where); what was found is never written. The report is kept in the state directory for `alie compliance`.
Exit status 0: nothing was found. 1: something was, or the run or its report failed."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    raw = argparse.RawDescriptionHelpFormatter
    command = commands.add_parser(
        "audit",
        help="verify the audit log, take from it what concerns an incident, or prove that nothing is kept",
        description=_ABOUT,
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="verify the audit log", description=_VERIFY, formatter_class=raw)
    verify.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object, for programs")
    incident = actions.add_parser(
        "incident", help="write what the log knows of an incident", description=_INCIDENT, formatter_class=raw
    )
    add = incident.add_argument
    when = "2026-11-24, or 2026-11-24T09:30 with -05:00 or Z; UTC where none is given"
    add("--since", type=moment, required=True, metavar="TIME", help=f"from then on: {when}")
    add("--until", type=moment, required=True, metavar="TIME", help="before then")
    whom = incident.add_mutually_exclusive_group()
    whom.add_argument("--user", type=_id, metavar="ID", help="what this user did only")
    whom.add_argument("--session", type=_id, metavar="ID", help="what concerns this session only")
    add("-o", dest="output", type=Path, required=True, metavar="FILE", help="a new file")
    _add_canary(actions)
    for action in (verify, incident):
        action.add_argument("--heads", type=Path, metavar="FILE", help="what was exported from the journal")
        action.add_argument("--key", type=Path, metavar="FILE", help="a copy of audit.pub that was kept elsewhere")
        add_place(action)


def _add_canary(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    command = actions.add_parser(
        "canary", help="prove that nothing of a dictation is left anywhere", description=_CANARY, formatter_class=raw
    )
    add = command.add_argument
    add("--url", type=_server, default=DEFAULT_URL, help=f"the daemon, on this machine (default {DEFAULT_URL})")
    add("--language", choices=LANGUAGE_CODES, default=EN_US, help="of the spoken sample (default en-US)")
    add("--token-file", metavar="FILE", help="access token or key, for a server that wants one; else ALIE_TOKEN")
    add("--pid", type=int, metavar="PID", help="the daemon's process; else that of the unit, or who listens at the URL")
    journal = command.add_mutually_exclusive_group()
    journal.add_argument("--unit", help="the daemon's systemd unit; else that of its process")
    journal.add_argument("--journal", type=Path, metavar="FILE", help="what the daemon wrote, in a file")
    add("--folder", type=Path, action="append", default=[], metavar="DIR", help="search this, too; may be repeated")
    add("--json", dest="as_json", action="store_true", help="write one JSON object, for programs")
    add_place(command)


def add_place(action: argparse.ArgumentParser) -> None:
    """Adds what says where the log is."""
    place = action.add_mutually_exclusive_group()
    place.add_argument("--state-dir", metavar="DIR", help="the daemon's state directory")
    place.add_argument("--env-file", metavar="FILE", help="settings of the daemon, where the environment has none")


def moment(text: str) -> datetime:
    """A moment in UTC.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text}: a time such as 2026-11-24T09:30-05:00 is needed") from None


def _server(text: str) -> Address:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _id(text: str) -> str:
    if not _ID.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError(f"{text}: an id as the log has it is needed (a uuid)")
    return text.lower()
