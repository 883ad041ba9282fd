"""Runs `alie doctor`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import asdict
from typing import TextIO

from alie.cli.config.reading import settings_of, unreadable
from alie.cli.doctor import (
    env_file,
    machine,
    model,
    own_tls,
    ports,
    process,
    route,
    served,
    services,
    settings,
    systemd,
    versions,
)
from alie.cli.doctor.finding import PROBLEM, Finding, line
from alie.cli.doctor.looking import Look, look_at_all
from alie.cli.doctor.options import LOOKS
from alie.cli.doctor.place import Place, place
from alie.cli.running import INTERRUPTED
from alie.cli.unit import find

_LOOKS: Mapping[str, Callable[[Place], Iterator[Finding]]] = {
    "env-file": env_file.look,
    "secrets": env_file.secrets,
    "settings": settings.look,
    "daemon": settings.running,
    "port": ports.look,
    "tls": own_tls.look,
    "certificate": served.look,
    "route": route.look,
    "clock": machine.clock,
    "entropy": machine.entropy,
    "process": process.look,
    "disk": machine.disk,
    "model": model.look,
    "engine": services.engine,
    "supabase": services.supabase,
    "systemd": systemd.look,
    "versions": versions.look,
}


def doctor(options: argparse.Namespace, environ: MutableMapping[str, str], stdout: TextIO, stderr: TextIO) -> int:
    """Takes every look and writes a line for each finding, or one JSON object of them all.

    Args:
        options: of `add_doctor`.
        environ: of the process; what the file has for Amazon's library is added there.
        stdout: where findings go.
        stderr: where it is said why there are none.

    Returns:
        Exit status: 1 where there is a problem, 130 after Ctrl-C, else 0.
    """
    unit = find(options.unit)
    try:
        found = settings_of(environ, options.env_file, unit)
    except (OSError, ValueError) as error:
        stderr.write(f"alie: {unreadable(error, options.env_file)}\n")
        return 1
    for name, text in found.values.items():
        if name.startswith("AWS_") and text:
            environ.setdefault(name, text)
    osv_url = options.osv_url if options.online else ""
    where = place(found, unit=unit, url=options.url, connect_to=options.connect_to, osv_url=osv_url)
    findings: list[Finding] = []
    looks = [Look(name, _LOOKS[name]) for name in LOOKS if name in options.looks or not options.looks]
    try:
        for finding in look_at_all(looks, where, options.timeout):
            findings.append(finding)
            if not options.as_json:
                stdout.write(line(finding))
                stdout.flush()
    except KeyboardInterrupt:
        stderr.write("alie: interrupted\n")
        return INTERRUPTED
    return report(findings, stdout if options.as_json else None)


def report(findings: list[Finding], stdout: TextIO | None) -> int:
    """Writes the JSON object, if there is where to, and gives the exit status."""
    is_well = all(finding.state != PROBLEM for finding in findings)
    if stdout is not None:
        content = {"ok": is_well, "findings": [asdict(finding) for finding in findings]}
        stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    return 0 if is_well else 1
