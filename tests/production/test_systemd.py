"""docs/operations.md, "Start, stop, restart": its commands and its promises, by a systemd that has the units of etc."""

from __future__ import annotations

import time
from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from tests.support import runbook
from tests.support.borrowed_machine import Borrowed, borrowed
from tests.support.nginx import write_certificate
from tests.support.waiting import wait_until

PATIENCE_S = 120
DRAIN_S = 8
ORIGIN = "https://clinic.example"
DICTATING = """
from websockets.sync.client import connect
with connect("ws://127.0.0.1:3001/ws/transcription") as socket:
    socket.send('{"type": "start_transcription", "languageCode": "en-US", "sampleRate": 16000}')
    for told in socket:
        print(told)
"""
#: Asks again and again until it is told to end; then tells how often it was answered, and how often not.
ASKING = """
answered=0 refused=0
while [ ! -e /run/enough ]; do
    if curl -s -m 60 -o /dev/null http://127.0.0.1:3001/health
    then answered=$((answered + 1)); else refused=$((refused + 1)); fi
done
echo $answered $refused > /run/asked.part
mv /run/asked.part /run/asked
"""


class SystemdCase(SynchronousTestCase):
    """A machine on which Alie is installed, and not started."""

    timeout = 600

    def setUp(self) -> None:
        self.machine = self.booted()
        self.run_in = self.machine.run
        self.page = [block.text for block in runbook.blocks("Start, stop, restart")]

    def booted(self) -> Borrowed:
        """With the settings that the tests need."""
        return borrowed(self)

    def start(self) -> None:
        """As the page says."""
        self.run_in(self.page[0])

    def show(self, name: str, unit: str = "alie-backend") -> str:
        """A property of a unit."""
        return self.run_in(f"systemctl show --property={name} --value {unit}").strip()

    def until(self, is_so: Callable[[], bool]) -> None:
        """Waits until it is."""
        wait_until(is_so, PATIENCE_S, pause_s=0.2, tell=lambda: self.run_in("journalctl --no-pager | tail -n 50"))

    def change(self, *lines: str, unit: str = "alie-backend.service", section: str = "Service") -> None:
        """As `systemctl edit` does."""
        folder = self.machine.tree / "etc/systemd/system" / f"{unit}.d"
        folder.mkdir(exist_ok=True)
        (folder / "override.conf").write_text("\n".join([f"[{section}]", *lines, ""]))
        self.run_in("systemctl daemon-reload")

    def set(self, **settings: str) -> None:
        """Adds lines to alie.env."""
        with (self.machine.tree / "etc/alie/alie.env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())


class FilesTests(SystemdCase):
    """What systemd itself says of the units."""

    def test_good(self) -> None:
        """It finds no fault with any of them."""
        names = sorted(path.name for path in (self.machine.tree / "etc/systemd/system").glob("alie*"))
        self.assertEqual(len(names), 5)
        named = " ".join(name.replace("@.", "@3002.") for name in names)
        self.assertEqual(self.run_in(f"systemd-analyze verify --man=no {named} 2>&1"), "")


class PageTests(SystemdCase):
    """The commands of the page, one after the other."""

    def test_as_the_page_says(self) -> None:
        """Started, looked at, restarted, reloaded, stopped; each does what is said of it."""
        start, look, restart, reload, stop = self.page
        self.run_in(start)
        self.assertEqual(self.run_in("systemctl is-enabled alie-backend").strip(), "enabled")
        self.assertIn('"ready":true', self.run_in("curl -s http://127.0.0.1:3001/readyz"))
        # Whoever follows the journal stops by pressing Ctrl-C.
        looked = self.run_in(look.replace("journalctl", "timeout --signal=INT 3 journalctl").rstrip() + " || true")
        self.assertIn('Status: "0 dictations"', looked)
        self.assertIn("Alie listens on http://127.0.0.1:3001", looked)
        first = self.show("MainPID")
        self.run_in(restart)
        second = self.show("MainPID")
        self.assertNotEqual(first, second)
        self.set(CORS_ALLOWED_ORIGINS=ORIGIN)
        self.assertNotIn(ORIGIN, self.preflight())
        self.run_in(reload)
        self.until(lambda: ORIGIN in self.preflight())
        self.set(CORS_ALLOWED_ORIGINS="*")
        self.run_in(reload)
        self.until(lambda: self.show("StatusText").startswith("Not reloaded: allowed origins"))
        self.assertIn(ORIGIN, self.preflight())
        self.assertEqual((self.show("MainPID"), self.show("ActiveState")), (second, "active"))
        self.run_in(stop)
        self.assertEqual((self.show("Result"), self.show("ExecMainStatus")), ("success", "0"))
        self.assertEqual(self.run_in("curl -s http://127.0.0.1:3001/health || echo refused").strip(), "refused")
        self.assertEqual((self.show("ActiveState"), self.show("NRestarts")), ("inactive", "0"))

    def preflight(self) -> str:
        """What a page of the clinic is answered."""
        return self.run_in(f"curl -s -i -H 'Origin: {ORIGIN}' http://127.0.0.1:3001/api/config | sed '/^\\r*$/q'")


class PortTests(SystemdCase):
    """The port outlives the daemon, until it is to be stopped."""

    def test_no_connection_is_refused(self) -> None:
        """During a restart none; after a crash only what the daemon had already taken. Once it is stopped, all are."""
        self.start()
        (self.machine.tree / "root/asking.sh").write_text(ASKING)
        self.run_in("bash /root/asking.sh > /dev/null 2>&1 &")
        self.run_in(self.page[2])
        self.run_in("touch /run/enough; until [ -e /run/asked ]; do sleep 0.1; done")
        answered, refused = map(int, self.run_in("cat /run/asked; rm /run/asked /run/enough").split())
        self.assertGreater(answered, 0)
        self.assertEqual(refused, 0)
        self.run_in(f"kill -KILL {self.show('MainPID')}")
        self.assertIn("ok", self.run_in("curl -s -m 60 http://127.0.0.1:3001/health"))
        self.until(lambda: self.show("NRestarts") == "1")

    def test_elsewhere(self) -> None:
        """The socket's address counts, and no setting."""
        self.set(PORT="3009")
        self.change("ListenStream=", "ListenStream=[::1]:3005", unit="alie-backend.socket", section="Socket")
        self.start()
        self.assertIn("ok", self.run_in("curl -s http://[::1]:3005/health"))

    def test_a_port_of_its_own(self) -> None:
        """Without the socket unit the daemon listens by itself, where its settings say."""
        (self.machine.tree / "etc/systemd/system/alie-backend.socket").unlink()
        self.set(PORT="3009")
        self.start()
        self.assertIn("ok", self.run_in("curl -s http://127.0.0.1:3009/health"))


class SecurePortTests(SystemdCase):
    """A port below 1024, where the daemon speaks TLS itself, without any right to such a port."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = self.machine.tree / "etc/alie/tls"
        self.folder.mkdir()
        self.certify("first.example")
        self.run_in("chown -R alie:alie /etc/alie/tls; chmod 600 /etc/alie/tls/key.pem")
        self.run_in("systemctl enable alie-backend-https.socket")

    def certify(self, name: str) -> None:
        """A certificate in place of the one before."""
        write_certificate(self.folder, [name])

    def served(self) -> str:
        """For whom the certificate is that the daemon shows."""
        ask = "openssl s_client -connect 127.0.0.1:443 < /dev/null 2> /dev/null | openssl x509 -noout -subject"
        return self.run_in(ask).strip()

    def test_https(self) -> None:
        """Served on the port, which outlives the daemon, too; a reload takes up a renewed certificate."""
        self.set(ALIE_TLS_CERT="/etc/alie/tls/certificate.pem", ALIE_TLS_KEY="/etc/alie/tls/key.pem", ALIE_INSECURE="1")
        self.start()
        self.assertIn("first.example", self.served())
        self.run_in("systemctl restart --no-block alie-backend")
        self.assertIn("ok", self.run_in("curl -s -k -m 60 https://127.0.0.1/health"))
        self.until(lambda: self.show("SubState") == "running")
        self.certify("second.example")
        self.run_in("systemctl reload alie-backend")
        self.until(lambda: "second.example" in self.served())

    def test_without_a_certificate(self) -> None:
        """Nobody would answer on that port: the daemon does not start."""
        self.run_in("systemctl start --no-block alie-backend")
        self.until(lambda: int(self.show("NRestarts")) >= 1)
        told = self.run_in("journalctl --no-pager -u alie-backend")
        self.assertIn("alie: ALIE_TLS_PORT is of no use without ALIE_TLS_CERT", told)


class TroubleTests(SystemdCase):
    """A daemon that does not do its duty."""

    def test_hung(self) -> None:
        """It is ended, and another one started, which can serve."""
        self.change("WatchdogSec=10")
        self.start()
        hung = self.show("MainPID")
        self.run_in(f"kill -STOP {hung}")
        self.until(lambda: self.show("NRestarts") == "1" and self.show("SubState") == "running")
        self.assertNotEqual(self.show("MainPID"), hung)
        self.assertIn("Watchdog timeout", self.run_in("journalctl --no-pager -u alie-backend"))
        self.assertIn("ok", self.run_in("curl -s http://127.0.0.1:3001/health"))

    def test_bad_settings(self) -> None:
        """The journal has the reason, each time; once they are good, it starts by itself."""
        self.set(ALIE_PING_SECONDS="soon")
        self.run_in("systemctl start --no-block alie-backend")
        self.until(lambda: int(self.show("NRestarts")) >= 2)
        self.assertIn("alie: ALIE_PING_SECONDS must be", self.run_in("journalctl --no-pager -u alie-backend"))
        self.set(ALIE_PING_SECONDS="20")
        self.until(lambda: self.show("SubState") == "running")


class SandboxTests(SystemdCase):
    """What the daemon may, under all limits of its unit."""

    def test_the_engine_hears(self) -> None:
        """Every word of a spoken sample, by a process without any right; what it keeps is its own."""
        self.start()
        self.assertIn("100% of the words", self.run_in("alie check"))
        status = self.run_in(f"cat /proc/{self.show('MainPID')}/status")
        for name, value in (("CapBnd", "0" * 16), ("CapEff", "0" * 16), ("NoNewPrivs", "1"), ("Seccomp", "2")):
            self.assertIn([f"{name}:", value], [line.split() for line in status.splitlines()])
        rights = self.run_in("stat -c '%U %a %n' /var/lib/alie /var/cache/alie /var/lib/alie/audit.key").splitlines()
        self.assertEqual(
            rights, ["alie 700 /var/lib/alie", "alie 700 /var/cache/alie", "alie 600 /var/lib/alie/audit.key"]
        )
        self.assertEqual(self.show("LimitMEMLOCK") + self.show("LimitNOFILE"), "infinity65536")

    def test_no_machine_code(self) -> None:
        """With the one limit that it cannot have, the daemon says so, and takes no dictation that would fail."""
        self.change("MemoryDenyWriteExecute=yes")
        self.start()
        self.assertIn("MemoryDenyWriteExecute must be off", self.show("StatusText"))
        self.assertIn('"ready":false', self.run_in("curl -s http://127.0.0.1:3001/readyz"))

    def test_amazon(self) -> None:
        """Streams to it, simulated on this machine, go under the same limits: the unit runs the fault exercise in
        place of the daemon, which is a child of it."""
        exercise = "/opt/alie/bin/alie drill --faults reset --sessions 2"
        as_command = ("Type=oneshot", "Restart=no", "WatchdogSec=0", "Environment=PYTHONPATH=/opt/source")
        self.change(*as_command, "ExecStart=", f"ExecStart={exercise}")
        self.start()
        self.assertIn("none lost, none doubled", self.run_in("journalctl --no-pager -u alie-backend"))

    def test_secrets(self) -> None:
        """From a file that only root may read; they are in no environment."""
        store = self.machine.tree / "etc/credstore"
        store.mkdir(mode=0o700)
        (store / "alie.env").write_text("ALIE_METRICS_TOKEN=s3cr3t-of-the-test\nALIE_PING_SECONDS=19\n")
        (store / "alie.env").chmod(0o600)
        self.start()
        ask = "curl -s -o /dev/null -w '%{http_code}' -H 'Host: localhost' -H 'X-Forwarded-For: 192.0.2.1'"
        self.assertEqual(self.run_in(f"{ask} http://127.0.0.1:3001/metrics"), "403")
        with_token = f"{ask} -H 'Authorization: Bearer s3cr3t-of-the-test' http://127.0.0.1:3001/metrics"
        self.assertEqual(self.run_in(with_token), "200")
        self.assertNotIn("s3cr3t", self.run_in(f"tr '\\0' '\\n' < /proc/{self.show('MainPID')}/environ"))


class DictationTests(SystemdCase):
    """Who dictates while the daemon goes down."""

    def dictate(self) -> None:
        """A plain client begins a dictation and stays until it is closed; returns when the daemon has it."""
        (self.machine.tree / "root/dictate.py").write_text(DICTATING)
        self.run_in("/opt/alie/bin/python /root/dictate.py > /root/told 2>&1 &")
        self.until(lambda: self.show("StatusText").startswith("1 dictation"))

    def test_the_time_it_takes(self) -> None:
        """The daemon gets the time that its settings give it, even if the unit gives less, and ends well.

        Three quarters of that time are a plain client's, which may go on meanwhile.
        """
        self.change("TimeoutStopSec=1")
        self.set(ALIE_DRAIN_SECONDS=str(DRAIN_S), ALIE_RESUME_SECONDS="0")
        self.start()
        self.dictate()
        began = time.monotonic()
        self.run_in("systemctl stop alie-backend")
        self.assertGreater(time.monotonic() - began, 0.75 * DRAIN_S)
        self.assertEqual((self.show("Result"), self.show("ExecMainStatus")), ("success", "0"))


class InstancesTests(SystemdCase):
    """Several daemons on one machine."""

    def test_two(self) -> None:
        """Each has a port, a name and a state of its own; one is restarted and stopped without the other."""
        (self.machine.tree / "etc/alie/3002.env").write_text("CORS_ALLOWED_ORIGINS=https://two.example\n")
        self.run_in("systemctl enable --now alie-backend@3001 alie-backend@3002")
        for number, origin in ((3001, "https://one.example"), (3002, "https://two.example")):
            answer = self.run_in(f"curl -s -i -H 'Origin: https://two.example' http://127.0.0.1:{number}/api/config")
            self.assertEqual("https://two.example" in answer, origin == "https://two.example")
            environ = self.run_in(f"tr '\\0' '\\n' < /proc/{self.show('MainPID', f'alie-backend@{number}')}/environ")
            self.assertIn(f"ALIE_INSTANCE={number}\n", environ)
            self.assertEqual(self.run_in(f"stat -c %a /var/lib/alie-{number}/audit.key").strip(), "600")
        other = self.show("MainPID", "alie-backend@3002")
        self.run_in("systemctl restart alie-backend@3001; systemctl stop alie-backend@3001")
        self.assertEqual(self.show("MainPID", "alie-backend@3002"), other)
        self.assertEqual(self.run_in("curl -s http://127.0.0.1:3001/health || echo refused").strip(), "refused")
        self.assertIn("ok", self.run_in("curl -s http://127.0.0.1:3002/health"))
