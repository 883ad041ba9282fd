"""Tests of alie.tls.renewal: a renewed certificate is taken up, and a broken one is not; each is told once."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from alie.reloading import ReloadError
from alie.tls.certificate import CertificateError
from alie.tls.metrics import TlsMetrics
from alie.tls.renewal import FRESH_S, LOOK_S, Certificates
from alie.tls_settings import TlsSettings
from tests.support.authority import HOUR, Authority, Issued, now

AUTHORITY = Authority()
NEVER = now() + 10_000 * HOUR


class RenewalCase(SynchronousTestCase):
    """One certificate, served, and what its owner does to the files."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.began = now()
        self.folder = Path(self.mktemp()).absolute()
        self.meanwhile: Callable[[], object] = lambda: None
        self.folder.mkdir()
        self.first = AUTHORITY.issue("one.example.ca")
        self.write(self.first)

    def write(self, issued: Issued) -> None:
        """Certificate and key, one after the other."""
        self.chain, self.key = issued.write(self.folder)
        for path in (self.chain, self.key):  # a file system's clock may be coarser than the test is quick
            self.stamp = getattr(self, "stamp", 1_000_000_000) + 1_000_000_000
            os.utime(path, ns=(self.stamp, self.stamp))

    def serve(self) -> Certificates:
        """Started, on the clock of the test."""
        settings = TlsSettings(str(self.chain), str(self.key))
        made = Certificates(self.clock, settings, self.time)
        made.start()
        self.addCleanup(made.stop)
        return made

    def time(self) -> float:
        """Of day; it is looked at between reading the files and serving what they hold."""
        self.meanwhile()
        return self.began.timestamp() + self.clock.seconds()

    def looks(self, count: int = 1) -> list[str]:
        """So many looks at the files; what was logged."""
        with capturedLogs() as logs:
            for _ in range(count):
                self.clock.advance(LOOK_S)
        return [formatEvent(log) or "" for log in logs]

    def pass_until(self, moment: datetime) -> None:
        """Time goes by without a look."""
        self.clock.rightNow = (moment - self.began).total_seconds()


class TakingUpTests(RenewalCase):
    """What is good."""

    def test_renewed(self) -> None:
        """Another context for new connections, told once; nothing happens while nothing changes."""
        served = self.serve()
        before = served.context
        self.assertEqual((self.looks(5), served.context is before), ([], True))
        self.write(AUTHORITY.issue("two.example.ca", until=NEVER))
        (said,) = self.looks(3)
        self.assertEqual(
            said,
            f"TLS_CERTIFICATE_RENEWED: new connections get the certificate of two.example.ca, valid until {NEVER:%F}",
        )
        self.assertIsNot(served.context, before)
        self.assertEqual((served.served.names, served.is_refusing), (("two.example.ca",), False))

    def test_by_links(self) -> None:
        """certbot moves links from one archive to the next."""
        archive = self.folder / "archive"
        archive.mkdir()
        for number, issued in enumerate((self.first, AUTHORITY.issue("two.example.ca"))):
            (archive / str(number)).mkdir()
            issued.write(archive / str(number))
        live = self.folder / "live"
        live.symlink_to(archive / "0")
        self.chain, self.key = live / "fullchain.pem", live / "privkey.pem"
        served = self.serve()
        (self.folder / "next").symlink_to(archive / "1")
        (self.folder / "next").rename(live)
        self.looks()
        self.assertEqual(served.served.names, ("two.example.ca",))

    def test_touched_only(self) -> None:
        """The same contents with other times are no news."""
        self.serve()
        self.write(self.first)
        self.assertEqual(self.looks(2), [])

    def test_at_once(self) -> None:
        """When the operator says so."""
        served = self.serve()
        self.write(AUTHORITY.issue("two.example.ca"))
        served.reload()
        self.assertEqual(served.served.names, ("two.example.ca",))
        self.assertEqual(self.looks(2), [])

    def test_fresh_ticket_keys(self) -> None:
        """Twice a day another context, without a word."""
        served = self.serve()
        before = served.context
        self.assertEqual(self.looks(FRESH_S // LOOK_S - 1), [])
        self.assertIs(served.context, before)
        self.assertEqual(self.looks(), [])
        self.assertIsNot(served.context, before)

    def test_while_it_is_written(self) -> None:
        """What changes while it is read is left to the next look: who knows what was read."""
        served = self.serve()
        self.write(AUTHORITY.issue("two.example.ca"))
        self.meanwhile = lambda: self.write(AUTHORITY.issue("three.example.ca"))
        self.assertEqual((self.looks(), served.served.names), ([], ("one.example.ca",)))
        self.meanwhile = lambda: None
        self.looks()
        self.assertEqual(served.served.names, ("three.example.ca",))

    def test_stop(self) -> None:
        """Nothing is left on the clock."""
        served = self.serve()
        served.stop()
        served.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])


class RefusingTests(RenewalCase):
    """What is not good: the one before is served, and the operator hears of it."""

    def test_a_key_that_comes_later(self) -> None:
        """Cert and key are not replaced together: nothing is said if they fit at the next look."""
        served = self.serve()
        renewed = AUTHORITY.issue("two.example.ca")
        self.write(Issued(renewed.leaf, renewed.intermediate, self.first.key))
        self.assertEqual(self.looks(), [])
        self.assertEqual((served.served.names, served.is_refusing), (("one.example.ca",), True))
        self.write(renewed)
        self.assertIn("TLS_CERTIFICATE_RENEWED", self.looks()[0])
        self.assertEqual((served.served.names, served.notes()), (("two.example.ca",), []))

    def test_a_key_that_does_not_come(self) -> None:
        """Said once, at the second look, with its code; a note as long as it is so."""
        served = self.serve()
        context = served.context
        renewed = AUTHORITY.issue("two.example.ca")
        self.write(Issued(renewed.leaf, renewed.intermediate, self.first.key))
        self.assertEqual(self.looks(), [])
        (said,) = self.looks(10)
        self.assertTrue(said.startswith("TLS_KEY_MISMATCH: The key in "), said)
        self.assertIn("The certificate before is served, until", said)
        self.assertIs(served.context, context)
        (note,) = served.notes()
        self.assertIn("(TLS_KEY_MISMATCH)", note)
        self.assertEqual(served.problems(), [])

    def test_other_faults(self) -> None:
        """Each has its code, and what was there before goes on."""
        served = self.serve()
        day = 24 * HOUR
        for spoil, code in (
            (lambda: self.chain.write_bytes(b"-----BEGIN CERTIFICATE-----\n"), "TLS_CERTIFICATE_INVALID"),
            (lambda: self.key.write_bytes(b""), "TLS_KEY_INVALID"),
            (lambda: self.key.unlink(), "TLS_FILE_UNREADABLE"),
            (lambda: self.write(AUTHORITY.issue(since=now() - day, until=now() - HOUR)), "TLS_CERTIFICATE_EXPIRED"),
            (lambda: self.write(AUTHORITY.issue(since=now() + day)), "TLS_CERTIFICATE_NOT_YET_VALID"),
        ):
            spoil()
            said = self.looks(4)
            self.assertEqual([line.partition(":")[0] for line in said], [code])
            self.write(self.first)
            self.assertEqual((self.looks(), served.is_refusing), ([], False))
        self.assertEqual(served.served.names, ("one.example.ca",))

    def test_one_that_begins_to_count(self) -> None:
        """It is taken up by itself when its time has come, though no file changes any more."""
        served = self.serve()
        self.write(AUTHORITY.issue("two.example.ca", since=now() + HOUR))
        self.looks(3)
        self.assertEqual(served.served.names, ("one.example.ca",))
        self.pass_until(now() + 2 * HOUR)
        self.assertIn("TLS_CERTIFICATE_RENEWED", self.looks()[0])

    def test_on_request(self) -> None:
        """Whoever asks is told at once, and not again by the next look."""
        served = self.serve()
        self.key.write_bytes(b"")
        with self.assertRaises(ReloadError) as caught:
            served.reload()
        self.assertTrue(str(caught.exception).startswith("TLS_KEY_INVALID: "))
        self.assertEqual((self.looks(5), served.served.names), ([], ("one.example.ca",)))


class EndTests(RenewalCase):
    """Certificates that end."""

    def expiring(self, left: timedelta, life: timedelta = timedelta(days=90)) -> Certificates:
        """One that has so much of its life left."""
        until = self.began + left
        self.write(AUTHORITY.issue(since=until - life, until=until))
        return self.serve()

    def test_soon(self) -> None:
        """Fourteen days before, which is late: certbot renews thirty days before."""
        self.assertEqual(self.expiring(timedelta(days=14, hours=1)).notes(), [])
        served = self.expiring(timedelta(days=13, hours=1))
        until = self.began + timedelta(days=13, hours=1)
        self.assertEqual(served.notes(), [f"The TLS certificate expires in 13 days, on {until:%F}"])
        self.assertEqual(served.problems(), [])

    def test_short_lives(self) -> None:
        """Of six days: not before two of them are left."""
        life = timedelta(days=6)
        self.assertEqual(self.expiring(timedelta(days=3), life).notes(), [])
        self.assertEqual(len(self.expiring(timedelta(days=1), life).notes()), 1)

    def test_expired(self) -> None:
        """A problem, since nobody who looks at it comes in; the daemon starts all the same."""
        served = self.expiring(timedelta(hours=-1))
        until = self.began - HOUR
        self.assertEqual(served.problems(), [f"The TLS certificate expired on {until:%F}"])
        self.assertEqual(served.notes(), [])
        self.write(AUTHORITY.issue())
        self.looks()
        self.assertEqual(served.problems(), [])

    def test_while_it_is_served(self) -> None:
        """By the clock, not by a look at the files."""
        served = self.expiring(timedelta(hours=1))
        self.assertEqual(served.problems(), [])
        self.pass_until(self.began + timedelta(hours=1))
        self.assertEqual(len(served.problems()), 1)


class StartTests(RenewalCase):
    """What there must be at the start."""

    def test_nothing_to_serve(self) -> None:
        """Then there is no daemon."""
        self.key.unlink()
        self.assertRaises(CertificateError, self.serve)

    def test_remarks(self) -> None:
        """Are logged, and stay as notes."""
        self.key.chmod(0o644)
        with capturedLogs() as logs:
            served = self.serve()
        remark = f"Others may read the key in {self.key} (mode 644): chmod 600"
        self.assertEqual(([formatEvent(log) for log in logs], served.notes()), ([remark], [remark]))


class MetricsTests(RenewalCase):
    """What Prometheus is told."""

    def test_all(self) -> None:
        """When it ends, whether there is another that cannot be served, and handshakes."""
        registry = CollectorRegistry()
        self.write(AUTHORITY.issue(until=NEVER))
        metrics: Any = TlsMetrics(registry, self.serve())
        metrics.count(True)
        metrics.count(True)
        metrics.count(False)
        self.key.unlink()
        self.looks()
        for name, value in (
            ("alie_tls_certificate_expiration_timestamp_seconds", NEVER.timestamp()),
            ("alie_tls_certificate_refused", 1),
            ('alie_tls_handshakes_total{outcome="completed"}', 2),
            ('alie_tls_handshakes_total{outcome="failed"}', 1),
        ):
            found = [line for line in generate_latest(registry).decode().splitlines() if line.startswith(name)]
            self.assertEqual([float(line.split()[-1]) for line in found], [value], name)
