"""The command line of `alie compliance`."""

from __future__ import annotations

import argparse

_ABOUT = """\
Says what this server does with what it hears: engine, hosts and regions, who gets in, what is kept and where, what
only the clinic's word vouches for, the last canary run, versions; signed with the key of the audit log. It reads the
settings that the daemon has: run it as the daemon's user, with the daemon's settings.
Exit status 0: made, or verified. 1: the settings would not let the daemon start, or a signature is not good."""


def add_compliance(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    command = commands.add_parser(
        "compliance",
        help="print a signed statement of what this server does with what it hears",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("--env-file", metavar="FILE", help="settings of the daemon, where the environment has none")
    add("--json", dest="as_json", action="store_true", help="write the signed JSON object, to be kept or sent")
    add("--verify", metavar="FILE", help="verify a statement that was written with --json")
    add("--key", metavar="FILE", help="with --verify: the public key (audit.pub); by default this server's own")
