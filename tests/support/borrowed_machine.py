"""A machine that borrows this one's programs and this checkout: made in a moment, without any network.

It has /usr of this Debian and a systemd of its own that runs what is put into its /etc, /opt/alie as after an
installation, and the user `alie`. `tests.support.machine` makes whole ones.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.support.machine import Machine

ROOT = Path(__file__).parents[2]
PACKAGES = "/opt/packages"
"""Inside: what pip has installed here."""
_USERS = {"root": 0, "messagebus": 990, "alie": 991, "nobody": 65534}
_SCRIPT = """#!/opt/alie/bin/python
import sys
sys.path.insert(0, "{source}")
from {module} import {name}
sys.exit({name}())
"""


class Borrowed(Machine):
    """With Alie's units, settings and user, as "Install" of docs/operations.md leaves a server; not yet started."""

    def run(self, script: str, **environment: str) -> str:
        """As any machine does; the `alie` command is found."""
        return super().run(f"export PATH=/opt/alie/bin:$PATH\n{script}", **environment)

    def boot(self, *shared: str) -> None:
        """Also sees the programs of this machine, installed packages and this checkout."""
        packages = sysconfig.get_path("purelib")
        sources = [f"{ROOT / name}:/opt/source/{name}" for name in ("alie", "twisted")]
        own = [] if sys.base_prefix == "/usr" else [sys.base_prefix]
        super().boot("/usr", f"{packages}:{PACKAGES}", *sources, *own, *shared)


def borrowed(case: SynchronousTestCase, **settings: str) -> Borrowed:
    """Boots one; it is removed when the test ends.

    Args:
        case: the test.
        settings: of alie.env, besides those of etc/alie.env.example.

    Raises:
        SkipTest: this user may not boot anything.
    """
    if os.geteuid() != 0:
        raise SkipTest("Only root can boot a machine")
    folder = tempfile.mkdtemp()
    case.addCleanup(shutil.rmtree, folder)
    os.chmod(folder, 0o755)
    tree = Path(folder) / "tree"
    tree.mkdir()
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / name).symlink_to(f"usr/{name}")
    for name in ("etc/systemd", "etc/alie", "opt", "var/log", "var/lib", "usr", "root"):
        (tree / name).mkdir(parents=True)
    _write_etc(tree / "etc", settings)
    write_program(tree / "opt" / "alie")
    machine = Borrowed(tree)
    case.addCleanup(machine.remove)
    machine.boot()
    return machine


def _write_etc(etc: Path, settings: Mapping[str, str]) -> None:
    users = _USERS.items()
    (etc / "passwd").write_text("".join(f"{name}:x:{number}:{number}::/root:/bin/sh\n" for name, number in users))
    (etc / "group").write_text("".join(f"{name}:x:{number}:\n" for name, number in users))
    (etc / "machine-id").write_text(f"{os.urandom(16).hex()}\n")  # else it would be a first boot, with all presets
    (etc / "hosts").write_text("127.0.0.1 localhost\n")
    for name in ("os-release", "ld.so.cache"):
        shutil.copy(f"/etc/{name}", etc)
    shutil.copytree(ROOT / "etc" / "systemd", etc / "systemd" / "system")
    file = etc / "alie" / "alie.env"
    lines = (f"{name}={value}\n" for name, value in settings.items())
    file.write_text((ROOT / "etc" / "alie.env.example").read_text() + "".join(lines))
    file.chmod(0o600)
    os.chown(file, _USERS["alie"], _USERS["alie"])


def write_program(folder: Path, source: str = "/opt/source") -> None:
    """As pip leaves it.

    Args:
        folder: seen from outside; inside it is, or will be, /opt/alie.
        source: inside: where Alie's own modules are.
    """
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    (folder / "lib" / python).mkdir(parents=True)
    (folder / "lib" / python / "site-packages").symlink_to(PACKAGES)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", folder)
    for program, module, name in (("twistd", "twisted.scripts.twistd", "run"), ("alie", "alie.cli", "main")):
        script = folder / "bin" / program
        script.write_text(_SCRIPT.format(source=source, module=module, name=name))
        script.chmod(0o755)
