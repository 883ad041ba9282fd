"""What the page tells an operator, done on a fresh Debian 12 with its real systemd, until nothing is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support import runbook
from tests.support.checkout import committed
from tests.support.machine import Machine

VENV = Path(sys.prefix)
BASE = ("systemd", "systemd-sysv", "dbus")
"""What every server has, and the smallest Debian has not."""
SECTIONS = ("Install", "Monitoring", "Backup")
FILES = "/root/alie"
"""Where the operator brings the files of dist/."""
NOT_OURS = (
    "proc",
    "sys",
    "dev",
    "run",
    "tmp",
    "var/log",
    "var/tmp",
    "var/lib/systemd",
    "var/lib/dbus",
    "root/alie",
    "etc/.updated",
    "var/lib/prometheus",
)
"""Written by the system whatever is installed."""
AS_A_STRANGER = "-H 'Host: elsewhere' -H \"Authorization: Bearer $(cat /etc/prometheus/alie.token)\""
USERS = {"passwd", "group", "shadow", "gshadow", "subuid", "subgid"}


def blocks(section: str) -> list[str]:
    """The section's commands, but for those that fetch packages."""
    return [text for text in every(section) if "apt-get" not in text]


def every(section: str) -> list[str]:
    """All its commands."""
    return [block.text for block in runbook.blocks(section) if block.language == "sh"]


class OperatorTests(SynchronousTestCase):
    """One server, its whole life."""

    timeout = 900

    def setUp(self) -> None:
        # /tmp, since the tree is not the tests' to keep.
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.machine = Machine.made(self.folder / "tree", *BASE)
        self.addCleanup(self.machine.remove)

    def run_in(self, folder: str, script: str) -> str:
        """Runs commands of the page in a folder of the server."""
        return self.machine.run(f"cd {folder}\n{script}")

    def test_the_whole_life(self) -> None:
        """Built, installed, configured, started, heard with, watched, backed up, lost, restored, removed."""
        make, get, install, model, service, check = every("Install")
        self.bring(make)
        # Once it is booted it has no network, as no server needs any for what comes after this.
        for text in (get, *(text for section in SECTIONS[1:] for text in every(section) if "apt-get" in text)):
            self.machine.run(text, DEBIAN_FRONTEND="noninteractive")
        before = self.files()
        self.run_in(FILES, install + model)
        self.machine.boot()
        self.run_in("/usr/local/src/alie", every("Configure")[0])
        self.run_in(FILES, service)
        self.run_in("/root", check)
        self.assertRunsAsItShould()
        self.watch()
        self.back_up_and_restore()
        self.run_in("/root", check)
        for text in every("Uninstall"):
            self.run_in("/root", text)
        self.assertEqual(self.files() - before, set())
        self.assertEqual(before - self.files(), set())
        self.assertEqual(self.machine.run("getent passwd alie || echo nobody"), "nobody\n")

    def bring(self, make: str) -> None:
        """Builds as the page says, with the tools of this test instead of its own, and brings what comes of it."""
        self.assertEqual(make, "make dist\n")
        tree = committed(self.folder / "checkout")
        tools = (f"VENV={VENV}", f"--old-file={VENV}/.run-ready")
        subprocess.run(("make", "-s", "-C", tree, "dist", *tools), check=True, stdout=subprocess.DEVNULL)
        shutil.copytree(tree / "dist", self.machine.tree / FILES.lstrip("/"))
        self.assertEqual(len(list((tree / "dist").iterdir())), 3)

    def assertRunsAsItShould(self) -> None:
        """The unit's own process, as `alie`; what it wrote is its user's only; the list of plugins was made before."""
        told = self.machine.run("stat -c %U /proc/$(systemctl show -P MainPID alie-backend)")
        self.assertEqual(told.strip(), "alie")
        rights = self.machine.run("stat -c '%U %a' /etc/alie/alie.env /var/lib/alie /var/lib/alie/audit.key")
        self.assertEqual(rights.splitlines(), ["alie 600", "alie 700", "alie 600"])
        self.assertNotIn("plugin cache", self.machine.run("journalctl -u alie-backend"))

    def watch(self) -> None:
        """Prometheus reads the daemon, with a token that counts from anywhere, and has no alert to tell of."""
        configure, ask = blocks("Monitoring")
        self.run_in("/root", configure)
        self.until(ask, "} => 1 ")
        told = self.machine.run(f"curl -sf {AS_A_STRANGER} http://127.0.0.1:3001/metrics")
        self.assertIn("\nalie_ready 1.0\n", told)
        self.assertNotIn("firing", self.machine.run("curl -sf http://127.0.0.1:9090/api/v1/alerts"))

    def until(self, script: str, wanted: str) -> None:
        """Asks once a second, for two minutes."""
        script = script.strip()
        asking = f"for n in $(seq 120); do said=$({script} 2>&1 || true); [[ $said != *'{wanted}'* ]] || exit 0"
        self.machine.run(f'{asking}; sleep 1; done; echo "$said"; exit 1')

    def back_up_and_restore(self) -> None:
        """What was there at the backup is there again, and proved to be; nobody reads it without the key."""
        keys, nightly = blocks("Backup")
        restore, verify = every("Restore")
        new_key = "sudo -u alie alie key new --state-dir /var/lib/alie --clinic Parc"
        self.machine.run(f"{new_key} --user Roy > roy.key")
        self.run_in("/root", f"{keys}cp alie-backup.pub /etc/alie/")
        self.run_in("/root", nightly)
        self.machine.run("mv /var/backups/alie/*.tar.age alie.tar.age && rmdir /var/backups/alie")
        backup = (self.machine.tree / "root/alie.tar.age").read_bytes()
        self.assertTrue(backup.startswith(b"age-encryption.org/v1\n"))
        self.assertNotIn(b"SQLite format", backup)
        self.machine.run(f"{new_key} --user Later")
        self.run_in("/root", restore)
        self.assertIn("is as the daemon wrote it", self.run_in("/root", verify))
        listed = self.machine.run("sudo -u alie alie key list --state-dir /var/lib/alie")
        self.assertIn("Roy", listed)
        self.assertNotIn("Later", listed)
        self.machine.run("rm -r /root/*")

    def files(self) -> set[str]:
        """All paths of the server that are not the system's own business."""
        tree = self.machine.tree
        found = set()
        for folder, folders, names in os.walk(tree):
            here = Path(folder).relative_to(tree)
            folders[:] = [name for name in folders if str(here / name) not in NOT_OURS]
            found |= {str(here / name) for name in (*folders, *names)}
        return {path for path in found if path.rstrip("-") not in {f"etc/{name}" for name in USERS}}
