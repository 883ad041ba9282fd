"""The audit of dependencies: red at a known vulnerability, green without one, never green where nobody was asked."""

import re
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from supply import locks
from supply.audit import CLEAN, NOT_ASKED, VULNERABLE
from supply.locks import CHECKOUT
from supply.verdict import judge
from tests.supply.advisories import TWISTED, Advisories, since


def audit(*arguments: object) -> tuple[int, str]:
    """Exit status and output of the real thing: our command, and pip-audit below it."""
    command = (sys.executable, "-m", "supply.audit", *(str(one) for one in arguments))
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


class AuditTests(SynchronousTestCase):
    """`make audit`, with an advisory service on this machine."""

    def test_nothing_is_known(self) -> None:
        """Every package of the lock file is asked about, in the version that is installed."""
        with Advisories([TWISTED]) as service:
            status, said = audit("--osv-url", service.url)
        self.assertEqual(status, CLEAN, said)
        wanted = sorted((pin.name, pin.version) for pin in locks.read(locks.DEV).values())
        self.assertEqual(sorted(service.asked), wanted)
        self.assertIn(f"dev.txt: {len(wanted)} packages, no known vulnerability", said)

    def test_one_of_what_is_run_is_vulnerable(self) -> None:
        """Advice for the version that we pin turns it red, also where an unreachable service would be forgiven."""
        version = locks.read(locks.RUN)["twisted"].version
        with Advisories([since(version)]) as service:
            status, said = audit("--osv-url", service.url, "--unless-unreachable", locks.RUN)
        self.assertEqual(status, VULNERABLE, said)
        self.assertIn(f"twisted {version}: PYSEC-2024-75, ", said)
        self.assertIn("CVE-2024-41671", said)

    def test_an_old_version_comes_back(self) -> None:
        """The recorded vulnerability itself, in a lock file with a version that has it."""
        text = locks.RUN.read_text(encoding="utf-8")
        old = Path(self.mktemp()).absolute()
        old.write_text(re.sub(r"(?m)^twisted\[tls\]==\S+", "twisted[tls]==24.3.0", text), encoding="utf-8")
        with Advisories([TWISTED]) as service:
            status, said = audit("--osv-url", service.url, old)
        self.assertEqual(status, VULNERABLE, said)
        self.assertIn("mended in 24.7.0rc1", said)

    def test_nobody_answers(self) -> None:
        """That is said, and it is a failure, unless told otherwise; then it is said all the same."""
        with Advisories() as service:
            gone = service.url
        for options, expected in (((), NOT_ASKED), (("--unless-unreachable",), CLEAN)):
            status, said = audit("--osv-url", gone, *options, locks.RUN)
            self.assertEqual(status, expected, said)
            self.assertIn("AUDIT NOT DONE", said)
            self.assertNotIn("no known vulnerability", said)

    def test_a_service_in_trouble(self) -> None:
        """An error is no answer; the next service is asked."""
        with Advisories(status=503) as broken, Advisories([since("0")]) as good:
            status, said = audit("--osv-url", broken.url, "--osv-url", good.url, locks.RUN)
        self.assertEqual(status, VULNERABLE, said)


PINS = {name: locks.Pin(name, "1.0", frozenset()) for name in ("a", "b")}


class VerdictTests(SynchronousTestCase):
    """What an answer of pip-audit is worth."""

    def test_skipped_is_not_clean(self) -> None:
        """pip-audit exits with 0 where a service knows none of the packages."""
        clean = {"name": "b", "version": "1.0", "vulns": []}
        answer = {"dependencies": [{"name": "a", "skip_reason": "not found"}, clean]}
        self.assertEqual(judge(PINS, answer).unknown, ("a",))

    def test_another_version_is_not_ours(self) -> None:
        """Nor is a package that is not in the answer at all."""
        answer = {"dependencies": [{"name": "a", "version": "0.9", "vulns": []}]}
        self.assertEqual(judge(PINS, answer).unknown, ("a", "b"))

    def test_what_is_known_is_told_though_others_are_not(self) -> None:
        """A vulnerability counts, whatever else the service could not tell."""
        found = {"id": "X-1", "aliases": [], "fix_versions": []}
        answer = {"dependencies": [{"name": "a", "version": "1.0", "vulns": [found]}]}
        self.assertEqual(judge(PINS, answer).known, ("a 1.0: X-1; mended in no version yet",))
