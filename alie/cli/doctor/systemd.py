"""The unit of the daemon: does it run, will it after a restart of the machine, and how much may it do?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.cli.unit import Unit

STEP = "systemd"
BOOTED = Path("/run/systemd/system")
"""Is there only where systemd runs the machine (sd_booted(3))."""
TIMEOUT_S = 10
WELL, BADLY = 1.5, 5.0
"""Exposure levels: what the unit that comes along has at most, and what systemd calls exposed or worse."""
_OVERALL = re.compile(r"Overall exposure level for \S+: ([\d.]+)")
_OURS = "use the unit that comes along: etc/systemd/alie-backend.service"


def look(place: Place) -> Iterator[Finding]:
    """State and sandbox."""
    if place.unit is None:
        yield Finding(STEP, NOT_LOOKED_AT, "there is no such unit", "name it with --unit, if the daemon has one")
        return
    if BOOTED.is_dir():
        properties = _run("systemctl", "show", place.unit.name, "--property=ActiveState,UnitFileState,NRestarts")
        yield from running(place.unit.name, dict(line.partition("=")[::2] for line in (properties or "").splitlines()))
        told = _run("systemd-analyze", "security", "--no-pager", place.unit.name)
    else:
        yield Finding(STEP, NOT_LOOKED_AT, f"{place.unit.path} is there, and systemd does not run this machine")
        told = _run("systemd-analyze", "security", "--no-pager", "--offline=true", str(place.unit.path))
    yield sandbox(place.unit, told)


def running(name: str, properties: Mapping[str, str]) -> Iterator[Finding]:
    """Whether it runs, and will.

    Args:
        name: of the unit.
        properties: as `systemctl show` has them.
    """
    state = properties.get("ActiveState", "unknown")
    if state in ("active", "reloading"):
        yield Finding(STEP, OK, f"{name} is {state}")
    else:
        yield Finding(
            STEP, PROBLEM, f"{name} is {state}", f"systemctl start {name}; journalctl -u {name} -n 50 says why"
        )
    if properties.get("UnitFileState") == "disabled":
        yield Finding(STEP, NOTE, f"{name} does not start with the machine", f"systemctl enable {name}")
    if properties.get("NRestarts", "0") not in ("", "0"):
        detail = f"{name} ended by itself and was restarted {properties['NRestarts']} times"
        yield Finding(STEP, NOTE, detail, f"see why: journalctl -u {name} -p warning")


def sandbox(unit: Unit, told: str | None) -> Finding:
    """How much a daemon that was broken into could do.

    Args:
        unit: that was looked at.
        told: by systemd-analyze; None: it could not be asked.
    """
    found = _OVERALL.search(told or "")
    if found is None:
        return Finding(
            "sandbox", NOT_LOOKED_AT, "systemd-analyze does not tell", f"systemd-analyze security {unit.name}"
        )
    level = float(found[1])
    detail = f"{unit.path}: exposure {level} of 10"
    if level <= WELL:
        return Finding("sandbox", OK, detail)
    return Finding("sandbox", NOTE if level <= BADLY else PROBLEM, detail, _OURS)


def _run(*command: str) -> str | None:
    """What a command writes, whatever its exit status; None: it could not be run."""
    program = shutil.which(command[0])
    if program is None:
        return None
    environ = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [program, *command[1:]],
            env=environ,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout
