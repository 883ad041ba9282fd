"""Where the audit log is that a command is to look at."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alie.audit.chain import Head
from alie.audit.checking import journal_heads
from alie.audit.errors import AuditError
from alie.audit.keys import PublicKey, parse_public, read_public
from alie.cli.aws.settings import add_file
from alie.config import read_settings
from alie.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """What is to be verified, and with what.

    Attributes:
        state_dir: ALIE_STATE_DIR.
        key: that must have signed.
        heads: that the journal has.
    """

    state_dir: Path
    key: PublicKey
    heads: list[Head]


def place(options: argparse.Namespace, environ: Mapping[str, str]) -> Place:
    """Finds it as the daemon does.

    Args:
        options: `state_dir`, `env_file`, `key` and `heads`, each None where it was not given.
        environ: of the process.

    Raises:
        AuditError: there is no log, no key, or no head in the file.
        OSError: a file cannot be read.
        ValueError: a file is no UTF-8.
    """
    values = dict(environ)
    if options.env_file is not None:
        add_file(values, options.env_file)
    # What else is wrong with the settings is for the daemon to say.
    named = options.state_dir or read_settings(Settings(values)).state_dir
    if not named:
        raise AuditError("No state directory is known: give it with --state-dir")
    key = read_public(Path(named)) if options.key is None else parse_public(options.key.read_bytes(), str(options.key))
    return Place(Path(named), key, _heads(options.heads))


def _heads(path: Path | None) -> list[Head]:
    if path is None:
        return []
    found = journal_heads(path.read_text(encoding="utf-8", errors="replace").splitlines())
    if not found:
        raise AuditError(f"{path} has no heads: export them with journalctl -u alie-backend -o cat -g 'audit head'")
    return found
