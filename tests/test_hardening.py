"""Tests of alie.hardening, each in a process of its own: what it does cannot be taken back."""

from __future__ import annotations

import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from tests.support.daemon import ROOT

NOBODY = 65534


def run(script: str) -> str:
    """What a script prints."""
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    return str(done.stdout + done.stderr)


class CoreTests(SynchronousTestCase):
    """No core dumps."""

    def test_off(self) -> None:
        """Neither by size nor by the kernel's own rule."""
        said = run(
            "import ctypes, resource; from alie.hardening import forbid_core_dumps\n"
            "def can_be_dumped(): return bool(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))  # PR_GET_DUMPABLE\n"
            "print(can_be_dumped()); forbid_core_dumps()\n"
            "print(can_be_dumped(), resource.getrlimit(resource.RLIMIT_CORE))"
        )
        self.assertEqual(said.splitlines(), ["True", "False (0, 0)"])


class MemoryTests(SynchronousTestCase):
    """No swap, where the system lets us."""

    LOCK = "from alie.hardening import lock_memory; print(lock_memory({}))\n"
    LOCKED = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmLck')))"

    def test_said_as_it_is(self) -> None:
        """Locked memory is locked, and what is said otherwise is true, too."""
        said, locked = run(self.LOCK.format(None) + self.LOCKED).splitlines()
        self.assertEqual("is locked" in said, locked != "0", said)

    def test_not_wanted(self) -> None:
        """Left alone."""
        said, locked = run(self.LOCK.format(False) + self.LOCKED).splitlines()
        self.assertIn("not locked", said)
        self.assertEqual(locked, "0")

    def test_must_be_and_cannot(self) -> None:
        """A clear sentence; an ordinary user may lock little."""
        limit = "import resource; resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))\n"
        drop = f"import os\nif os.geteuid() == 0: os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        script = (
            "from alie.hardening import MemoryLockError, lock_memory\n"
            + limit
            + drop
            + "try: lock_memory(True)\nexcept MemoryLockError as error: print('refused', error)\n"
            + "print(lock_memory(None))"
        )
        refused, said = run(script).splitlines()
        self.assertIn("refused ALIE_LOCK_MEMORY is on", refused)
        self.assertIn("not locked", said)
