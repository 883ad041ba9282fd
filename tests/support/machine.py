"""A Debian 12 of a test's own: mmdebstrap makes it, and systemd-nspawn runs commands in it or boots it.

Booted, systemd is its first process and it has a loopback of its own and no other network, so every port is free and
units run as on a server. Before that, commands have this machine's network, for apt and pip.
"""

from __future__ import annotations

import ast
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import SkipTest

from tests.support.waiting import wait_until

_NUMBERS = itertools.count(1)
_SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
_BOOT_PATIENCE_S = 120.0
_TARGETS = ("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
_NSPAWN = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--timezone=off", "--link-journal=no")
_SHELL = ("/bin/bash", "-euo", "pipefail", "-c")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Failed(AssertionError):
    """A command in the machine ended with another status than 0; the text is all that it said."""


class Machine:
    """A tree, and the systemd that runs in it once it is booted.

    Attributes:
        tree: its root directory, seen from outside.
    """

    def __init__(self, tree: Path) -> None:
        if os.geteuid():
            raise SkipTest("A machine of its own can be made by root only")
        self.tree = tree
        self._name = f"alie-{os.getpid()}-{next(_NUMBERS)}"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._systemd = 0
        self._groups = ControlGroups(self._name)

    @classmethod
    def made(cls, tree: Path, *packages: str) -> Machine:
        """A fresh minimal Debian 12 with `packages`; takes half a minute.

        Raises:
            Failed: it could not be made; root is needed, and what is in etc/system-packages' list of the Makefile.
        """
        include = ",".join(("ca-certificates", *packages))
        done("mmdebstrap", "--quiet", "--variant=minbase", f"--include={include}", "bookworm", tree, *sources())
        return cls(tree)

    def run(self, script: str, **environment: str) -> str:
        """What a bash script writes to standard output that runs in it as root, with `set -euo pipefail`.

        Raises:
            Failed: it ended with another status than 0.
        """
        words = [f"{name}={value}" for name, value in {"HOME": "/root", "PATH": _PATH, **environment}.items()]
        if self._systemd:
            enter = ("nsenter", "--target", str(self._systemd), "--all", "--root", "--wdns=/root")
            return done(*enter, "env", "-i", *words, *_SHELL, script)
        borrowed = pip_settings()
        shared = [f"--bind-ro={path}" for path in pip_paths(borrowed)]
        settings = [f"--setenv={name}={value}" for name, value in borrowed.items()]
        inside = (*_NSPAWN, "--pipe", f"--machine={self._name}", "-D", str(self.tree), "--chdir=/root")
        return done(*inside, *shared, *settings, "env", *words, *_SHELL, script)

    def boot(self, *shared: str) -> None:
        """Starts its systemd and waits until every unit is up.

        Args:
            shared: folders of this machine that it sees and cannot change; FROM:TO where it has them elsewhere.

        Raises:
            Failed: a unit is not up.
        """
        # Ends with us, however we end.
        last = ("setpriv", "--pdeathsig", "TERM", *self._groups.enter())
        binds = [f"--bind-ro={folder}" for folder in shared]
        how = ("--boot", "--private-network", "--console=pipe", "--notify-ready=yes", f"--machine={self._name}")
        self._log = (self.tree.parent / f"{self._name}.log").open("w+b")
        self._nspawn = subprocess.Popen(
            (*last, *_NSPAWN, *how, *binds, "-D", str(self.tree)),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self._systemd = wait_until(self._first_process, _BOOT_PATIENCE_S, pause_s=0.05, tell=self._said)
        self.run("systemctl is-system-running --wait")

    def _first_process(self) -> int:
        """The process id of its systemd, seen from outside; 0: it does not answer yet."""
        assert self._nspawn
        if self._nspawn.poll() is not None:
            raise Failed(self._said())
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        for child in children.read_text().split():
            if Path(f"/proc/{child}/comm").read_text() == "systemd\n" and self._answers(child):
                return int(child)
        return 0

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    @staticmethod
    def _answers(child: str) -> bool:
        """Whether systemctl reaches it."""
        ask = ("nsenter", "--target", child, "--all", "--root", "systemctl", "show", "--property=Version")
        return subprocess.run(ask, capture_output=True, check=False).returncode == 0

    def remove(self) -> None:
        """Halts it and deletes the tree."""
        if self._nspawn:
            self._nspawn.terminate()
            self._nspawn.wait()
            self._log.close()
            self._groups.remove()
        shutil.rmtree(self.tree)


class ControlGroups:
    """Control groups that a machine has to itself, where no systemd of this machine gives it some.

    Without them two machines that run at once, such as those of two test runs, would share one, and each systemd would
    take the other's processes for its own.

    Args:
        name: of the machine.
    """

    def __init__(self, name: str) -> None:
        self._folders: list[Path] = []
        if Path("/proc/1/comm").read_text() != "systemd\n":
            root = Path("/sys/fs/cgroup")
            tops = [root / top for top in ("systemd", "unified") if (root / top).is_dir()] or [root]
            self._folders = [top / name for top in tops]

    def enter(self) -> tuple[str, ...]:
        """What to put before a command that is to run in them."""
        if not self._folders:
            return ()
        steps = [f"mkdir {folder}; echo $$ > {folder}/cgroup.procs" for folder in self._folders]
        return (*_SHELL, f'{"; ".join(steps)}; exec "$@"', "sh")

    def remove(self) -> None:
        """Deletes them: nobody runs in them any more."""
        for folder in self._folders:
            for path, _, _ in os.walk(folder, topdown=False):
                Path(path).rmdir()


def sources() -> list[str]:
    """apt's lines for Debian 12, from the mirror that this machine uses."""
    found = [line.split() for line in done(*_TARGETS).splitlines()]
    return [f"deb {site} {suite} main" for site, suite, component in found if (suite, component) in _wanted()]


def _wanted() -> set[tuple[str, str]]:
    return {(suite, "main") for suite in _SUITES}


def pip_settings() -> dict[str, str]:
    """This machine's settings of pip (a mirror, an authority) as its environment variables."""
    settings = {}
    for line in done(sys.executable, "-m", "pip", "config", "list").splitlines():
        if found := re.fullmatch(r"(?:global|install|:env:)\.([\w-]+)=(.*)", line):
            settings["PIP_" + found[1].upper().replace("-", "_")] = str(ast.literal_eval(found[2]))
    return settings


def pip_paths(settings: Mapping[str, str]) -> Iterator[str]:
    """Files and folders of this machine that the settings name: with those of a file mirror, all of the mirror."""
    words = " ".join(settings.values()).split()
    for path in {re.sub(r"^file://(.*?)(/simple/?)?$", r"\1", word) for word in words}:
        if path.startswith("/") and Path(path).exists():
            yield path


def done(*command: object, cwd: Path | None = None) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = f"{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
        raise Failed(f"{' '.join(map(str, command))[-500:]}\nended with {done.returncode}:\n{said}")
    return done.stdout
