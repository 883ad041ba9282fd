"""Runs `alie compliance`."""

from __future__ import annotations

import argparse
import base64
import binascii
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

from alie import config as configuration
from alie import state_dir
from alie.audit import keys
from alie.audit.checking import summary, verify_log
from alie.audit.errors import AuditError
from alie.audit.files import FOLDER
from alie.cli.aws import settings
from alie.compliance import LABEL, as_text, statement
from alie.config import ConfigError
from alie.settings import Settings
from alie.state_dir import StateDirError


def compliance(options: argparse.Namespace, environ: MutableMapping[str, str], stdout: TextIO, stderr: TextIO) -> int:
    """Makes the statement, signs it and writes it; or verifies one.

    Args:
        options: of `add_compliance`.
        environ: of the process; what the file adds is added there, since boto3 reads it too.
        stdout: where the statement goes.
        stderr: where it is said why there is none.

    Returns:
        Exit status.
    """
    if options.verify is not None:
        return verify(options, environ, stdout, stderr)
    from alie.cli.compliance.gathering import gather
    from alie.engines.assembly import EngineChoiceError

    try:
        if options.env_file is not None:
            settings.add_file(environ, options.env_file)
        config = configuration.read(environ)
        folder = Path(config.state_dir)
        key = keys.load_for_command(state_dir.prepare_for_command(config.state_dir), environ)
        audit = summary(verify_log(folder, key.public)) if (folder / FOLDER).is_dir() else "there is none yet"
        content = statement(config, gather(config, environ, audit))
    except (ConfigError, AuditError, EngineChoiceError, StateDirError, OSError, ValueError) as error:
        stderr.write("".join(f"alie: {line}\n" for line in str(error).splitlines()))
        return 1
    signature = base64.b64encode(key.sign(LABEL, _canonical(content))).decode()
    if options.as_json:
        signed = {"statement": content, "keyId": key.public.id, "signature": signature}
        stdout.write(json.dumps(signed, ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.write(f"{as_text(content)}\nSigned with key {key.public.id}: {signature}\n")
    return 0


def verify(options: argparse.Namespace, environ: MutableMapping[str, str], stdout: TextIO, stderr: TextIO) -> int:
    """Verifies a statement that was written as JSON; arguments and exit status as of `compliance`."""
    path = options.verify
    try:
        key = _public_key(options, environ)
    except (AuditError, OSError, ValueError) as error:
        stderr.write(f"alie: {error}\n")
        return 1
    try:
        signed = json.loads(Path(path).read_text(encoding="utf-8"))
        signature = base64.b64decode(signed["signature"], validate=True)
        is_good = key.verify(LABEL, _canonical(signed["statement"]), signature)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        stderr.write(f"alie: {path} is no statement: {type(error).__name__}\n")
        return 1
    if not is_good:
        stderr.write(f"alie: the signature is not good: {path} was changed, or signed with another key than {key.id}\n")
        return 1
    stdout.write(f"The statement, made {signed['statement']['madeAt']}, is as it was signed with key {key.id}\n")
    return 0


def _canonical(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _public_key(options: argparse.Namespace, environ: MutableMapping[str, str]) -> keys.PublicKey:
    """The key that is named, else this server's own."""
    if options.key is not None:
        return keys.parse_public(Path(options.key).read_bytes(), options.key)
    if options.env_file is not None:
        settings.add_file(environ, options.env_file)
    # Whether the settings would let the daemon start is nothing to a signature.
    folder = configuration.read_settings(Settings(environ)).state_dir
    if not folder:
        raise AuditError("No key is known: name one with --key, or the state directory with ALIE_STATE_DIR")
    return keys.read_public(Path(folder))
