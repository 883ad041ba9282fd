"""`alie check`: takes every step of a dictation and says of each how it went, and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TextIO

from alie.cli.address import Address
from alie.cli.checkup import FAILED, OK, Checkup, Finding


async def check(
    reactor: Any, address: Address, language_code: str, token: str | None, as_json: bool, stdout: TextIO
) -> int:
    """Checks a server and writes a line for each step, or one JSON object of them all.

    Returns:
        Exit status: 0 when every step was well, else 1.
    """
    checkup = Checkup(reactor, address, language_code, token)
    findings: list[Finding] = []
    try:
        async for finding in checkup.findings():
            findings.append(finding)
            if not as_json:
                stdout.write(line(finding))
                stdout.flush()
    finally:
        await checkup.close()
    is_well = all(finding.state == OK for finding in findings)
    if as_json:
        content = {"url": address.websocket_url, "ok": is_well, "steps": [asdict(finding) for finding in findings]}
        stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return 0 if is_well else 1


def line(finding: Finding) -> str:
    """One step for people, with what to do on a second line if it failed."""
    told = f"{finding.state:<8}{finding.step:<10}{finding.took_s:7.3f} s  {finding.detail}\n"
    return f"{told}{'':8}what to do: {finding.advice}\n" if finding.state == FAILED else told
