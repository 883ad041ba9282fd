"""The `alie` command, for operators: `alie transcribe` and `alie check`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Reads the command line, runs the command, and exits with its status (2: the command line makes no sense)."""
    # Imported here, so that the modules below can be used without what the whole command needs.
    from alie.cli.check import check
    from alie.cli.options import order, parser, token
    from alie.cli.running import run
    from alie.cli.transcribe import transcribe

    root = parser()
    options = root.parse_args()
    if options.command == "check":
        run(lambda reactor: check(reactor, options.url, options.language, token(), options.as_json, sys.stdout))
    try:
        asked = order(options)
    except ValueError as error:
        root.error(str(error))
    run(lambda reactor: transcribe(reactor, asked, sys.stdout, sys.stderr))
