"""Compares a lock file with the known vulnerabilities: `make audit`.

pip-audit (PyPA) asks; this decides what its answer is worth. The advisory services are asked in turn until one has
answered for every package. Exit status 0: no vulnerability is known. 1: one is. 3: no service answered for all, so
nothing is known; that is said, and is never taken for a clean result.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from supply import locks
from supply.verdict import Verdict, judge

CLEAN, VULNERABLE, NOT_ASKED = 0, 1, 3
NOT_DONE = (
    "AUDIT NOT DONE: no advisory service answered for every package, so whether they have known vulnerabilities was "
    "not looked up. Run `make audit` where one can be reached."
)


def main(arguments: Sequence[str]) -> int:
    """Audits as the options say, and prints what came of it. Returns the exit status."""
    options = _parser().parse_args(arguments)
    pins = locks.read(options.lock)
    services = [["--vulnerability-service", "osv", "--osv-url", url] for url in options.osv_url] or [
        ["--vulnerability-service", "pypi"],
        ["--vulnerability-service", "osv"],
    ]
    for service in services:
        verdict = _ask(options.lock, pins, service)
        if verdict is not None and (verdict.known or not verdict.unknown):
            return _tell(options.lock, verdict, len(pins))
    print(NOT_DONE)
    return CLEAN if options.unless_unreachable else NOT_ASKED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="supply.audit", description=__doc__)
    parser.add_argument("lock", nargs="?", type=Path, default=locks.DEV, help="a lock file (default: of all packages)")
    parser.add_argument("--osv-url", action="append", default=[], help="ask this service instead, such as a mirror")
    parser.add_argument(
        "--unless-unreachable", action="store_true", help="exit with 0 also where no service answers; it is said"
    )
    return parser


def _ask(lock: Path, pins: Mapping[str, locks.Pin], service: Sequence[str]) -> Verdict | None:
    """What one service says; None where it could not be asked."""
    command = (sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", str(lock))
    how = ("--format", "json", "--progress-spinner", "off")
    done = subprocess.run([*command, *how, *service], capture_output=True, text=True, check=False)
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        print(f"{service[1]} could not be asked: {reason[:300]}")
        return None
    verdict = judge(pins, answer)
    if verdict.unknown:
        print(f"{service[1]} told nothing about {len(verdict.unknown)} of {len(pins)} packages")
    return verdict


def _tell(lock: Path, verdict: Verdict, count: int) -> int:
    for sentence in verdict.known:
        print(sentence)
    if verdict.known:
        print(f"{lock.name}: {len(verdict.known)} known vulnerabilities")
        return VULNERABLE
    print(f"{lock.name}: {count} packages, no known vulnerability")
    return CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
