"""Runs `alie audit`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TextIO

from alie.audit.errors import AuditError
from alie.cli.audit.canary import canary, order
from alie.cli.audit.incident import write_pack
from alie.cli.audit.place import place
from alie.cli.audit.verifying import verify
from alie.cli.options import token
from alie.cli.running import run


def audit(options: argparse.Namespace, environ: Mapping[str, str], stdout: TextIO, stderr: TextIO) -> int:
    """Does what the command line asks for.

    Args:
        options: of `add_audit`.
        environ: of the process.
        stdout: where the account goes.
        stderr: where it is said what could not be done.

    Returns:
        Exit status.
    """
    try:
        if options.action == "canary":
            asked = order(options, token(options.token_file), environ)
            run(lambda reactor: canary(reactor, asked, options.as_json, stdout, stderr))
        found = place(options, environ)
        if options.action == "verify":
            return verify(found, options.as_json, stdout)
        return write_pack(found, options, environ, stdout)
    except OSError as error:
        stderr.write(f"alie: {error.filename}: {error.strerror}\n")
    except (AuditError, ValueError) as error:
        stderr.write(f"alie: {error}\n")
    return 1
