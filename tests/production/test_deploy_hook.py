"""The deploy hook of etc/certbot: what it copies for whom, and whom it has reload it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[2]
HOOK = ROOT / "etc" / "certbot" / "renewal-hooks" / "deploy" / "alie"
NAME = "api.alie.app"
#: Stands for systemd: `active` has the units that run, `broken` those that cannot be reloaded, `reloaded` what was.
SYSTEMCTL = """\
#!/bin/sh
cd {folder}
case "$1" in
list-units)
    shift
    while read -r unit; do
        for pattern; do case "$unit" in $pattern) echo "$unit loaded active running What it is" ;; esac; done
    done <active
    ;;
reload) echo "$2" >>reloaded; ! grep -qx "$2" broken ;;
*) exit 1 ;;
esac
"""


class HookCase(SynchronousTestCase):
    """A certificate, and a machine without or with units that run."""

    def setUp(self) -> None:
        """A folder as certbot's, whose key nobody but its owner may read."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.lineage = self.folder / "live" / NAME
        self.copies = self.folder / "tls" / NAME
        self.lineage.mkdir(parents=True)
        self.renew("one")
        (self.folder / "bin").mkdir()
        for name in ("active", "broken", "reloaded"):
            (self.folder / name).touch()
        systemctl = self.folder / "bin" / "systemctl"
        systemctl.write_text(SYSTEMCTL.format(folder=self.folder))
        systemctl.chmod(0o755)

    def renew(self, what: str) -> None:
        """Another certificate and key."""
        for name, mode in (("fullchain.pem", 0o644), ("privkey.pem", 0o600)):
            (self.lineage / name).write_text(f"{what} {name}")
            (self.lineage / name).chmod(mode)

    def wait_for_it(self, mode: int = 0o750) -> None:
        """A folder for copies, as the daemon's user may read it."""
        self.copies.mkdir(parents=True)
        self.copies.chmod(mode)

    def run_units(self, *units: str, broken: tuple[str, ...] = ()) -> None:
        """These run."""
        (self.folder / "active").write_text("".join(f"{unit}\n" for unit in units))
        (self.folder / "broken").write_text("".join(f"{unit}\n" for unit in broken))

    def hook(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs it."""
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        own = {"PATH": path, "TLS_FOLDER": str(self.folder / "tls"), "RENEWED_LINEAGE": str(self.lineage)}
        return subprocess.run(
            [HOOK], env={**own, **environment}, cwd=self.folder, capture_output=True, text=True, check=False
        )

    @property
    def reloaded(self) -> list[str]:
        """Units, in order."""
        return (self.folder / "reloaded").read_text().split()


class CopyTests(HookCase):
    """The copies."""

    def test_no_folder(self) -> None:
        """Where none waits for it nothing is copied, and no daemon is asked."""
        self.run_units("nginx.service", "alie-backend.service")
        ran = self.hook()
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(ran.stdout, "alie: nginx.service has taken it up\n")
        self.assertEqual(self.reloaded, ["nginx.service"])
        self.assertFalse(self.copies.exists())

    def test_who_may_read(self) -> None:
        """Copies belong to the owner and the group of the folder; others cannot read the key."""
        self.wait_for_it()
        group = 12345 if os.geteuid() == 0 else os.getegid()
        os.chown(self.copies, os.geteuid(), group)
        for what in ("one", "two"):
            self.renew(what)
            ran = self.hook()
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertEqual(ran.stdout.splitlines()[0], f"alie: {NAME} was copied to {self.copies}")
            self.assertEqual(sorted(os.listdir(self.copies)), ["fullchain.pem", "privkey.pem"])
            for name, mode in (("fullchain.pem", 0o644), ("privkey.pem", 0o640)):
                copy = self.copies / name
                self.assertEqual(copy.read_text(), f"{what} {name}")
                found = copy.stat()
                self.assertEqual((found.st_mode & 0o7777, found.st_uid, found.st_gid), (mode, os.geteuid(), group))

    def test_another_certificate(self) -> None:
        """One that no folder has the name of is none of Alie's."""
        self.copies.with_name("other.example").mkdir(parents=True)
        self.assertEqual(self.hook().stdout, "alie: nothing runs that would have to take it up\n")
        self.assertEqual(os.listdir(self.copies.with_name("other.example")), [])

    def test_unreadable(self) -> None:
        """A certificate that is not there: what was copied before stays, and nothing is reloaded."""
        self.wait_for_it()
        self.hook()
        (self.lineage / "fullchain.pem").unlink()
        self.run_units("nginx.service")
        ran = self.hook()
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("fullchain.pem", ran.stderr)
        self.assertEqual((self.copies / "fullchain.pem").read_text(), "one fullchain.pem")
        self.assertEqual(self.reloaded, [])


class ReloadTests(HookCase):
    """Who takes it up."""

    def test_all_that_run(self) -> None:
        """nginx, and every instance of the daemon."""
        self.wait_for_it()
        units = ["nginx.service", "alie-backend.service", "alie-backend@3002.service", "alie-backend@3003.service"]
        self.run_units(*units, "alie-backend-other.service", "ssh.service")
        ran = self.hook()
        self.assertEqual((ran.returncode, self.reloaded), (0, units))
        self.assertEqual(ran.stdout.splitlines()[1:], [f"alie: {unit} has taken it up" for unit in units])

    def test_one_cannot(self) -> None:
        """It is named, the others are reloaded all the same, and certbot is told."""
        self.wait_for_it()
        self.run_units("nginx.service", "alie-backend.service", broken=("nginx.service",))
        ran = self.hook()
        self.assertEqual((ran.returncode, self.reloaded), (1, ["nginx.service", "alie-backend.service"]))
        self.assertIn("nginx.service could not be reloaded", ran.stderr)
        self.assertIn("alie: alie-backend.service has taken it up", ran.stdout)

    def test_no_systemd(self) -> None:
        """A machine without it."""
        self.wait_for_it()
        (self.folder / "bin" / "systemctl").unlink()
        tools = self.folder / "bin"
        for name in ("sh", "install", "stat", "basename", "mv", "cut"):
            (tools / name).symlink_to(str(shutil.which(name)))
        ran = self.hook(PATH=str(tools))
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("nothing runs", ran.stdout)
        self.assertTrue((self.copies / "privkey.pem").exists())


class UseTests(HookCase):
    """The file itself."""

    def test_by_hand(self) -> None:
        """Without a certificate's name it says what it wants."""
        ran = self.hook(RENEWED_LINEAGE="")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("/etc/letsencrypt/live/api.alie.app", ran.stderr)

    def test_shellcheck(self) -> None:
        """It has nothing to say, nor of the other script of etc."""
        scripts = [HOOK, ROOT / "etc" / "system-packages"]
        ran = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
        self.assertEqual((ran.returncode, ran.stdout), (0, ""))
