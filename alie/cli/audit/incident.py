"""`alie audit incident`: gathers, signs and writes an incident pack."""

from __future__ import annotations

import argparse
import errno
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import alie
from alie.audit.chain import EVENT, BadLine, canonical, iso, read_line
from alie.audit.checking import summary, verify_log
from alie.audit.errors import AuditError
from alie.audit.files import FOLDER, all_lines
from alie.audit.keys import SigningKey, read_key
from alie.audit.verdict import Verdict
from alie.cli.audit import pack
from alie.cli.audit.knowledge import Asked, Record, known
from alie.cli.audit.place import Place

_UNSIGNED = "Not signed: the signing key cannot be read from here"


def write_pack(place: Place, options: argparse.Namespace, environ: Mapping[str, str], stdout: TextIO) -> int:
    """Writes the pack and its summary, for their owner only, and says so.

    Returns:
        Exit status 0.

    Raises:
        AuditError: the log cannot be read.
        OSError: a file is there already, or cannot be written.
    """
    asked = Asked(_iso(options.since), _iso(options.until), options.user, options.session)
    # First: it says so where a file cannot be read.
    verdict = verify_log(place.state_dir, place.key, place.heads)
    records = _records(place.state_dir, asked)
    content = _content(place, asked, records, verdict)
    key = _key(place.state_dir, environ)
    signed = {"content": content, "signature": _signature(key, content), "forms": pack.forms(content["known"])}
    told = f"Signed with key {key.public.id}" if key else _UNSIGNED
    beside = options.output.with_name(f"{options.output.name}.md")
    if beside.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(beside))
    _write(options.output, json.dumps(signed, ensure_ascii=False, indent=2) + "\n")
    _write(beside, pack.markdown(content, told))
    stdout.write(f"{len(records)} events. {content['log']['summary']}. {told}.\n{options.output}\n{beside}\n")
    return 0


def _content(place: Place, asked: Asked, records: list[Record], verdict: Verdict) -> dict[str, Any]:
    return {
        "madeAt": iso(time.time()),
        "versions": {"alie": alie.__version__, "python": platform.python_version()},
        "asked": {"since": asked.since, "until": asked.until, "userId": asked.user_id, "sessionId": asked.session_id},
        "log": {
            "key": place.key.id,
            "ok": verdict.is_good,
            "summary": summary(verdict),
            "journalHeads": len(place.heads),
            **asdict(verdict),
        },
        "known": known(records),
        "records": records,
    }


def _records(state_dir: Path, asked: Asked) -> list[Record]:
    """Lines that cannot be read are among the problems that verification tells."""
    found = []
    for line in all_lines(state_dir / FOLDER):
        try:
            record = read_line(line.content)
        except BadLine:
            continue
        if record["type"] == EVENT and asked.concerns(record):
            found.append(record)
    return found


def _key(state_dir: Path, environ: Mapping[str, str]) -> SigningKey | None:
    try:
        return read_key(state_dir, environ)
    except (AuditError, OSError):
        return None


def _signature(key: SigningKey | None, content: dict[str, Any]) -> dict[str, str] | None:
    if key is None:
        return None
    value = key.sign(pack.LABEL, canonical(content)).hex()
    return {"algorithm": "Ed25519", "label": pack.LABEL.decode(), "key": key.public.id, "value": value}


def _iso(moment: Any) -> str:
    return iso(moment.timestamp())


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
