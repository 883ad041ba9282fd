"""etc/prometheus: promtool reads the alerts; each goes off when it says, and the page has it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support import runbook

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "etc" / "prometheus"
PROMTOOL = Path(sys.executable).with_name("promtool")
NAME = re.compile(r"^ +- alert: (\w+)$", re.MULTILINE)


def promtool(*words: str) -> str:
    """What promtool says; it must be content."""
    done = subprocess.run([PROMTOOL, *words], cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


class AlertTests(SynchronousTestCase):
    """alie.rules.yml, with alie.rules.test.yml beside it."""

    names = NAME.findall((FOLDER / "alie.rules.yml").read_text())

    def test_rules(self) -> None:
        """Every rule can be read."""
        self.assertIn(f"{len(self.names)} rules found", promtool("check", "rules", "alie.rules.yml"))

    def test_each_alert(self) -> None:
        """Goes off where it should, with its texts, and not before: two cases for each alert."""
        cases = re.findall(r"alertname: (\w+)\n +exp_alerts:( \[\])?", (FOLDER / "alie.rules.test.yml").read_text())
        self.assertEqual(cases, [(name, quiet) for name in self.names for quiet in ("", " []")])
        self.assertIn("SUCCESS", promtool("test", "rules", "alie.rules.test.yml"))

    def test_texts(self) -> None:
        """In English and French, with the place in the page; no name is used twice."""
        texts = re.findall(
            r'summary: ".+"\n +summary_fr: ".+"\n +runbook: docs/operations.md, "Monitoring", (\w+)\n',
            (FOLDER / "alie.rules.yml").read_text(),
        )
        self.assertEqual(texts, self.names)
        self.assertEqual(len(set(self.names)), len(self.names))

    def test_the_page_says_what_to_do(self) -> None:
        """A row for each alert, and none for what is no alert."""
        page = runbook.PAGE.read_text().partition("\n## Monitoring\n")[2].partition("\n## ")[0]
        self.assertEqual(re.findall(r"^\| `(Alie\w+)` \| .+ \| .+ \|$", page, re.MULTILINE), self.names)
