"""Runs `alie key`, on the file that the daemon uses, which may be running."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TextIO

from alie import state_dir
from alie.auth.access_key import PREFIX, mint
from alie.cli.aws.settings import add_file
from alie.config import read_settings
from alie.errors import AlieError
from alie.settings import Settings
from alie.store.interface import Row
from alie.store.key_events import Operator, operator
from alie.store.keys import Holder, KeyBook
from alie.store.sqlite_file import FILE_NAME, open_database

_HEAD = ("ID", "USER", "CLINIC", "ROLE", "CREATED", "LAST USED", "STATE")


@dataclass(frozen=True, slots=True)
class _Place:
    """Which database, and whether its keys are asked for at all."""

    path: str
    has_supabase: bool


def key(options: argparse.Namespace, environ: Mapping[str, str], stdout: TextIO, stderr: TextIO) -> int:
    """Does what the command line asks for.

    Args:
        options: of `add_key`.
        environ: of the process.
        stdout: where the new key or the list goes.
        stderr: where all else is said.

    Returns:
        Exit status: 0, or 1 where it could not be done; `stderr` says why.
    """
    try:
        place = _place(options, environ)
        with closing(open_database(place.path, time.time)) as database:
            book, by = KeyBook(database), operator(environ)
            if options.action == "new":
                _new(book, Holder(options.user, options.clinic, options.role), by, place, stdout, stderr)
            elif options.action == "list":
                _list(book.entries(), options.as_json, stdout)
            else:
                _revoke(book, options.key_id, by, stderr)
    except AlieError as error:
        stderr.write(f"alie: {error.sentence}\n")
        return 1
    except (state_dir.StateDirError, OSError, ValueError) as error:
        stderr.write(f"alie: {error}\n")
        return 1
    return 0


def _place(options: argparse.Namespace, environ: Mapping[str, str]) -> _Place:
    values = dict(environ)
    if options.env_file is not None:
        add_file(values, options.env_file)
    # What else is wrong with the settings is for the daemon to say.
    config = read_settings(Settings(values))
    folder = state_dir.prepare_for_command(options.state_dir or config.state_dir)
    return _Place(os.path.join(folder, FILE_NAME), bool(config.access.supabase_url))


def _new(book: KeyBook, holder: Holder, by: Operator, place: _Place, stdout: TextIO, stderr: TextIO) -> None:
    text, kept = mint()
    principal = book.add(holder, kept.key_id, kept.digest, by)
    stderr.write(
        f"Key {kept.key_id} lets {holder.user} speak as {principal.role} of {holder.clinic}. It is kept, hashed, in\n"
        f"{place.path}, which must be the daemon's own. It is shown only now:\n"
    )
    stderr.flush()
    stdout.write(f"{text}\n")
    stdout.flush()
    stderr.write(
        "Give it to its user by a way that others cannot read. Without these settings the daemon lets anybody in:\n"
        "WS_REQUIRE_AUTH=true guards dictation, AUTH_REQUIRED=true guards REST.\n"
    )
    if place.has_supabase:
        stderr.write("But SUPABASE_URL is set: a daemon with that setting takes tokens of Supabase, and no keys.\n")


def _list(entries: list[Row], as_json: bool, stdout: TextIO) -> None:
    if as_json:
        stdout.write(json.dumps({"keys": entries}, ensure_ascii=False, indent=2) + "\n")
        return
    table = [_HEAD, *map(_line, entries)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        stdout.write("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip() + "\n")


def _line(entry: Row) -> tuple[str, ...]:
    state = "revoked" if entry["revoked_at"] else "good" if entry["role"] else "no member"
    days = ((entry[name] or "never")[:10] for name in ("created_at", "last_used"))
    return (entry["id"], entry["user"], entry["clinic"], entry["role"] or "-", *days, state)


def _revoke(book: KeyBook, key_id: str, by: Operator, stderr: TextIO) -> None:
    # Whoever has only the key itself at hand gives that: its id is in it.
    key_id = key_id.removeprefix(PREFIX).partition("_")[0]
    stderr.write(f"Key {key_id} is revoked since {book.revoke(key_id, by)['revoked_at']}.\n")
