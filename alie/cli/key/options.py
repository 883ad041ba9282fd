"""The command line of `alie key`."""

from __future__ import annotations

import argparse

from alie.principal import ROLES
from alie.store.keys import DEFAULT_ROLE

MAX_NAME_CHARACTERS = 200
_DESCRIPTION = """\
Access keys, for a server without Supabase: each lets one user of one clinic speak, and is good wherever a token is.
The server keeps only a hash of a key, in its state directory. May be used while the daemon runs."""
_NEW = """\
Makes a key, and with it the user, the clinic and the membership as far as they are not there: the same name is the
same user or clinic. The key is the only thing written to standard output, once: it cannot be shown again."""
_REVOKE = """\
Revokes a key for ever. Live sessions that it let in end within a minute."""


def add_key(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    raw = argparse.RawDescriptionHelpFormatter
    command = commands.add_parser(
        "key", help="issue, list and revoke access keys", description=_DESCRIPTION, formatter_class=raw
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="issue a key", description=_NEW, formatter_class=raw)
    new.add_argument("--user", type=_name, required=True, metavar="NAME", help="whom it is for")
    new.add_argument("--clinic", type=_name, required=True, metavar="NAME", help="where he works")
    new.add_argument(
        "--role", choices=ROLES, help=f"what he is there from now on (default: what he is, else {DEFAULT_ROLE})"
    )
    every = actions.add_parser("list", help="list all keys, without their secrets")
    every.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object, for programs")
    revoke = actions.add_parser("revoke", help="revoke a key", description=_REVOKE, formatter_class=raw)
    revoke.add_argument("key_id", metavar="ID", help="as `alie key list` has it")
    for action in (new, every, revoke):
        place = action.add_mutually_exclusive_group()
        place.add_argument("--state-dir", metavar="DIR", help="the daemon's state directory")
        place.add_argument("--env-file", metavar="FILE", help="settings of the daemon, where the environment has none")


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise argparse.ArgumentTypeError(f"a name of 1 to {MAX_NAME_CHARACTERS} printable characters is needed")
    return name
