"""docs/operations.md, "Certificates": certbot behind nginx; who signs proves names as Let's Encrypt does."""

from __future__ import annotations

import stat
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from tests.support import runbook
from tests.support.server_machine import COPIES, NAME, ServerMachine
from tests.support.waiting import wait_until

RENEWAL = f"etc/letsencrypt/renewal/{NAME}.conf"
#: What Debian's timer starts twice a day.
TIMED = "systemctl start certbot.service"
PATIENCE_S = 120


class CertificateCase(SynchronousTestCase):
    """A machine whose nginx serves port 80."""

    timeout = 600

    def setUp(self) -> None:
        self.machine = ServerMachine(self)
        self.machine.start_authority()
        self.machine.run("systemctl start nginx")
        self.machine.page("nginx", 0)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Waits until it is."""
        wait_until(is_so, PATIENCE_S)


class PageTests(CertificateCase):
    """What the page has an operator do."""

    def test_as_the_page_says(self) -> None:
        """Proved through nginx, which then serves it; a trial of the renewal changes nothing; the timer renews."""
        self.assertEqual(len(runbook.blocks("Certificates")), 3)
        self.machine.page("Certificates", 0)
        self.machine.page("nginx", 1)
        first = self.machine.newest
        self.until(lambda: self.machine.serves(first))
        said = self.machine.page("Certificates", 2)
        self.assertIn("all simulated renewals succeeded", said)
        self.assertIn(f"Domains: {NAME}", said)
        self.assertIn("(VALID: 19 days)", said)
        self.assertEqual(self.machine.newest, first)
        self.machine.run(TIMED)
        self.assertNotEqual(self.machine.newest, first)
        self.until(lambda: self.machine.serves(self.machine.newest))
        started = self.machine.run("systemctl show --property=Unit --value certbot.timer")
        self.assertEqual(f"systemctl start {started.strip()}", TIMED)

    def test_copies(self) -> None:
        """For a daemon that speaks TLS itself, which alone may read the key, and serves what was renewed."""
        self.machine.page("Certificates", 0, 1)
        self.judge_copies()
        self.judge_renewal()

    def test_without_nginx(self) -> None:
        """The same, where nobody listens on port 80."""
        self.machine.run("systemctl stop nginx")
        self.assertEqual(len(runbook.blocks("Certificates without nginx")), 1)
        self.machine.page("Certificates without nginx")
        self.machine.page("Certificates", 1)
        self.judge_copies()
        self.judge_renewal()

    def judge_copies(self) -> None:
        """They are the daemon's user's to read."""
        folder = self.machine.tree / COPIES[1:]
        for path, mode in ((folder, 0o750), (folder / "privkey.pem", 0o640)):
            found = path.stat()
            self.assertEqual((stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid), (mode, 0, 991))
        self.machine.run(f"! setpriv --reuid nobody --clear-groups cat {COPIES}/fullchain.pem")

    def judge_renewal(self) -> None:
        """The daemon serves what the timer has renewed, without being started again."""
        self.machine.set(ALIE_TLS_CERT=f"{COPIES}/fullchain.pem", ALIE_TLS_KEY=f"{COPIES}/privkey.pem")
        self.machine.page("Start, stop, restart", 0)
        first = self.machine.newest
        self.until(lambda: self.machine.serves(first, 8443))
        before = self.process()
        self.machine.run(TIMED)
        self.until(lambda: self.machine.serves(self.machine.newest, 8443))
        self.assertNotEqual(self.machine.newest, first)
        self.assertEqual(self.process(), before)

    def test_got_in_another_way(self) -> None:
        """One that nginx's plugin has got is renewed without it, after it was asked for once more as the page says."""
        self.machine.page("Certificates", 0)
        conf = self.machine.tree / RENEWAL
        conf.write_text(conf.read_text().replace("authenticator = webroot", "authenticator = nginx\ninstaller = nginx"))
        first = self.machine.newest
        text = runbook.blocks("Certificates")[0].text
        (again,) = (line for line in text.splitlines() if line.startswith("certbot "))
        self.machine.follow(f"{again} --force-renewal")
        second = self.machine.newest
        self.assertNotEqual(second, first)
        self.assertNotIn("nginx", conf.read_text())
        self.machine.run(TIMED)
        self.assertNotEqual(self.machine.newest, second)

    def process(self) -> str:
        """Of the daemon."""
        return self.machine.run("systemctl show --property=MainPID --value alie-backend")


class TroubleTests(CertificateCase):
    """What goes wrong."""

    def test_no_way_to_prove_it(self) -> None:
        """Where nginx does not serve the folder, the certificate before stays, and the log has the reason."""
        self.machine.page("Certificates", 0)
        first = self.machine.newest
        self.machine.run("systemctl stop nginx")
        self.machine.run(f"! {TIMED}")
        self.assertEqual(self.machine.newest, first)
        log = (self.machine.tree / "var/log/letsencrypt/letsencrypt.log").read_text()
        self.assertIn("connection refused", log)
