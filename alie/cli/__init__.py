"""The `alie` command, for operators: `alie transcribe`, `alie check`, `alie config` and others (`alie --help`)."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Reads the command line, runs the command, and exits with its status (2: the command line makes no sense)."""
    # Imported here, so that the modules below can be used without what the whole command needs.
    from alie.cli.audit.command import audit
    from alie.cli.aws.command import check_aws
    from alie.cli.check import check
    from alie.cli.compliance.command import compliance
    from alie.cli.config.command import config
    from alie.cli.drill.command import drill
    from alie.cli.drill.options import order as drill_order
    from alie.cli.key.command import key
    from alie.cli.options import AWS, order, parser, token
    from alie.cli.running import run
    from alie.cli.transcribe import transcribe
    from alie.cli.unit import tell_folder, user_name

    root = parser()
    options = root.parse_args()
    if options.command == "check" and options.url == AWS:
        run(lambda reactor: check_aws(reactor, os.environ, options.env_file, options.as_json, sys.stdout, sys.stderr))
    if options.command == "check":
        if options.env_file is not None:
            root.error("--env-file goes with: alie check aws")
        try:
            shown = token(options.token_file)
        except ValueError as error:
            root.error(str(error))
        run(lambda reactor: check(reactor, options.url, options.language, shown, options.as_json, sys.stdout))
    if options.command == "drill":
        wanted = drill_order(options)
        run(lambda reactor: drill(reactor, wanted, options.as_json, options.keep_log, sys.stdout, sys.stderr))
    if options.command in ("audit", "compliance", "key"):
        tell_folder(os.environ, user_name())
    if options.command == "compliance":
        sys.exit(compliance(options, os.environ, sys.stdout, sys.stderr))
    if options.command == "doctor":
        # It needs what no other command does.
        from alie.cli.doctor.command import doctor

        sys.exit(doctor(options, os.environ, sys.stdout, sys.stderr))
    if options.command == "config":
        sys.exit(config(options, os.environ, sys.stdout, sys.stderr))
    if options.command == "key":
        sys.exit(key(options, os.environ, sys.stdout, sys.stderr))
    if options.command == "audit":
        sys.exit(audit(options, os.environ, sys.stdout, sys.stderr))
    try:
        asked = order(options)
    except ValueError as error:
        root.error(str(error))
    run(lambda reactor: transcribe(reactor, asked, sys.stdout, sys.stderr))
