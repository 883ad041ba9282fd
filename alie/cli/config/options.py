"""The command line of `alie config`."""

from __future__ import annotations

import argparse

from alie.cli.unit import DEFAULT_UNIT

_ABOUT = """\
Reads the settings as the daemon does: the environment wins over systemd's credential alie.env, and that over the file
of --env-file. Where systemd has a unit for the daemon, what that sets counts, too. Run it as the daemon's user.
No secret is ever shown."""
_SHOW = """\
Lists every setting, what it amounts to, and where that comes from: environment, unit, credential, env file, default.
Exit status 0: all could be read. 1: some are refused; standard error says why, and they are listed with the default."""
_CHECK = """\
Says whether the daemon would start with these settings here, and if not, everything that stands in the way: values,
files, folders, engine, port, rights. It starts nothing, makes no folder and no key, and asks no network.
Exit status 0: it would start. 1: it would not, and standard error says why, one line a fault."""


def add_config(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    raw = argparse.RawDescriptionHelpFormatter
    command = commands.add_parser(
        "config", help="show the settings, or check whether they will do", description=_ABOUT, formatter_class=raw
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="list every setting and its source", description=_SHOW, formatter_class=raw)
    check = actions.add_parser("check", help="would the daemon start?", description=_CHECK, formatter_class=raw)
    for action in (show, check):
        add = action.add_argument
        add("--env-file", metavar="FILE", help="settings of the daemon (default: the EnvironmentFile of its unit)")
        add("--unit", default=DEFAULT_UNIT, metavar="NAME|FILE", help=f"its systemd unit (default {DEFAULT_UNIT})")
        add("--json", dest="as_json", action="store_true", help="write one JSON object, for programs")
