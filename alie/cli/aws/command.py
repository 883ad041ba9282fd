"""Runs `alie check aws` and writes what it finds."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import asdict
from typing import Any, TextIO

from twisted.internet.threads import deferToThreadPool

from alie.cli.aws import settings
from alie.cli.aws.finding import FAILED, Finding, line

WITHOUT_BOTO3 = "alie: check aws needs boto3: pip install 'alie[amazon]'\n"


async def check_aws(
    reactor: Any, environ: MutableMapping[str, str], env_file: str | None, as_json: bool, stdout: TextIO, stderr: TextIO
) -> int:
    """Takes every step and writes a line for each finding, or one JSON object of them all.

    Args:
        reactor: its thread pool; nobody else waits for it in this process.
        environ: of the process; boto3 reads it too, so what the file adds is added there.
        env_file: settings of the daemon, or None.
        as_json: for programs.
        stdout: where findings go.
        stderr: where it is said why there are none.

    Returns:
        Exit status: 1 when anything failed, else 0.
    """
    try:
        if env_file is not None:
            settings.add_file(environ, env_file)
        target = settings.read(environ)
    except (OSError, ValueError) as error:
        stderr.write(f"alie: {error}\n")
        return 1
    try:
        import boto3  # type: ignore[import-untyped]
        from botocore.exceptions import ProfileNotFound  # type: ignore[import-untyped]

        from alie.cli.aws.account import Account
        from alie.cli.aws.checkup import Checkup
    except ImportError:
        stderr.write(WITHOUT_BOTO3)
        return 1
    try:
        account = Account(boto3.session.Session(), target.amazon.region)
    except ProfileNotFound as error:
        stderr.write(f"alie: {error}\n")
        return 1
    findings: list[Finding] = []
    for step in Checkup(account, target).steps():
        found = await deferToThreadPool(reactor, reactor.getThreadPool(), step)
        findings += found
        if not as_json:
            stdout.write("".join(map(line, found)))
            stdout.flush()
    return report(findings, target.amazon.region, stdout if as_json else None)


def report(findings: list[Finding], region: str, stdout: TextIO | None) -> int:
    """Writes the JSON object, if there is where to, and gives the exit status."""
    is_well = all(finding.state != FAILED for finding in findings)
    if stdout is not None:
        content = {"region": region, "ok": is_well, "steps": [asdict(finding) for finding in findings]}
        stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return 0 if is_well else 1
