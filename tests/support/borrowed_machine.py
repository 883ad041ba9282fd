"""A machine that borrows this one's programs and this checkout: made in a moment, without any network.

It has /usr of this Debian and a systemd of its own that runs what is put into its /etc, /opt/alie as after an
installation, and the user `alie`. `tests.support.machine` makes whole ones.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.machine import Machine

ROOT = Path(__file__).parents[2]
_USERS = {"root": 0, "messagebus": 990, "alie": 991, "nobody": 65534}
_SCRIPT = """#!/opt/alie/bin/python
import sys
sys.path.insert(0, "/opt/source")
from {module} import {name}
sys.exit({name}())
"""


def borrowed(case: SynchronousTestCase) -> Machine:
    """A machine that is to be booted with `boot(*shared())`; it is removed when the test ends."""
    folder = tempfile.mkdtemp()
    case.addCleanup(shutil.rmtree, folder)
    os.chmod(folder, 0o755)
    tree = Path(folder) / "tree"
    tree.mkdir()
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / name).symlink_to(f"usr/{name}")
    for name in ("etc/systemd/system", "etc/alie", "opt/alie/bin", "opt/source", "var/log", "var/lib", "usr", "root"):
        (tree / name).mkdir(parents=True)
    _write_etc(tree / "etc")
    _write_program(tree / "opt" / "alie")
    machine = Machine(tree)
    case.addCleanup(machine.remove)
    return machine


def shared() -> list[str]:
    """What it sees of this machine: programs, installed packages, this checkout."""
    packages = Path(sys.prefix) / "lib"
    found = [
        "/usr",
        f"{packages}:/opt/alie/lib",
        *(f"{ROOT / name}:/opt/source/{name}" for name in ("alie", "twisted")),
    ]
    return found if sys.base_prefix == "/usr" else [*found, sys.base_prefix]


def _write_etc(etc: Path) -> None:
    users = _USERS.items()
    (etc / "passwd").write_text("".join(f"{name}:x:{number}:{number}::/root:/bin/sh\n" for name, number in users))
    (etc / "group").write_text("".join(f"{name}:x:{number}:\n" for name, number in users))
    (etc / "machine-id").write_text(f"{os.urandom(16).hex()}\n")  # else it would be a first boot, with all presets
    for name in ("os-release", "ld.so.cache"):
        shutil.copy(f"/etc/{name}", etc)


def _write_program(folder: Path) -> None:
    """As pip leaves it."""
    (folder / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", folder)
    for program, module, name in (("twistd", "twisted.scripts.twistd", "run"), ("alie", "alie.cli", "main")):
        script = folder / "bin" / program
        script.write_text(_SCRIPT.format(module=module, name=name))
        script.chmod(0o755)
