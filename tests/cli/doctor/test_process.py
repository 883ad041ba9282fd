"""Tests of alie.cli.doctor.process: what the system grants the daemon."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import Place
from alie.cli.doctor.process import core_dumps, files, look, memory
from alie.config import Config
from tests.cli.files import folder_for

NOBODY = 65534
LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units
Max core file size        0                    unlimited            bytes
Max open files            {files}              65536                files
"""


class FilesTests(SynchronousTestCase):
    """Open files."""

    def test_enough(self) -> None:
        """For a connection, and its engine's."""
        found = files(65_536, 0, is_own=False)
        self.assertEqual(found.state, OK)
        self.assertIn("32704 connections", found.detail)

    def test_few(self) -> None:
        """The usual limit of a shell."""
        self.assertEqual(files(1024, 0, is_own=True).state, NOTE)

    def test_less_than_wanted(self) -> None:
        """Is told with how many are needed."""
        found = files(8192, 10_000, is_own=False)
        self.assertEqual((found.state, found.advice), (PROBLEM, "set LimitNOFILE=20128 in the unit, or lower it"))


class MemoryTests(SynchronousTestCase):
    """Swap."""

    def test_each(self) -> None:
        """No swap; locked; not locked; nobody there."""
        self.assertEqual(memory(None, False).state, OK)
        self.assertEqual(memory("812 kB", True).state, OK)
        self.assertEqual(memory("0 kB", True).state, NOTE)
        self.assertEqual(memory(None, True).state, NOT_LOOKED_AT)


class CoreDumpTests(SynchronousTestCase):
    """Core dumps."""

    def test_each(self) -> None:
        """Forbidden; allowed by either; nobody there; root's own, of which only the limit is seen."""
        self.assertEqual(core_dumps(0, True).state, OK)
        self.assertEqual(core_dumps(0, None).state, OK)
        self.assertEqual(core_dumps(1, True).state, PROBLEM)
        self.assertEqual(core_dumps(0, False).state, PROBLEM)
        self.assertEqual(core_dumps(None, None).state, NOT_LOOKED_AT)


class LookTests(SynchronousTestCase):
    """By /proc."""

    def look(self, proc: Path, pid: int) -> dict[str, str]:
        """States by step."""
        where = Place(Given({}), Config(), daemon={"ready": True, "pid": pid})
        return {found.step: found.state for found in look(where, proc)}

    def test_a_daemon(self) -> None:
        """Its own limits count, not ours."""
        proc = folder_for(self)
        (proc / "7").mkdir()
        (proc / "7/limits").write_text(LIMITS.format(files=1024))
        (proc / "7/status").write_text("Name:\ttwistd\nUid:\t0\t0\t0\t0\nVmLck:\t     812 kB\n")
        self.assertEqual(self.look(proc, 7), {"open files": NOTE, "memory": OK, "core dumps": OK})

    def test_a_real_process(self) -> None:
        """This one, which has not forbidden itself to be dumped."""
        found = self.look(Path("/proc"), os.getpid())
        self.assertEqual(set(found), {"open files", "memory", "core dumps"})
        self.assertIn(found["open files"], (OK, NOTE))

    def test_a_process_of_a_user(self) -> None:
        """Closed, it belongs to root in /proc, as the kernel has it; else to its user. Root alone can play another."""
        closed = "import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); "
        for before, state in ((closed, OK), ("", PROBLEM)):
            forbidden = "import resource, sys; resource.setrlimit(4, (0, 0)); "
            script = f"{forbidden}{before}print(flush=True); sys.stdin.read()"
            user = {"user": NOBODY} if os.geteuid() == 0 else {}
            python = os.path.realpath(sys.executable)  # the environment's own may be where only its owner gets to
            with subprocess.Popen(
                [python, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **user
            ) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdout.readline()
                self.assertEqual(self.look(Path("/proc"), process.pid)["core dumps"], state)
                process.stdin.close()

    def test_one_that_is_gone(self) -> None:
        """As if there were none."""
        self.assertEqual(self.look(folder_for(self), 7)["core dumps"], NOT_LOOKED_AT)
