"""etc/container/Containerfile: linted, built by buildah on a Debian of the test's own, and run as it asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[2]
CONTAINERFILE = ROOT / "etc" / "container" / "Containerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")


class LintTests(SynchronousTestCase):
    """What hadolint thinks of it."""

    def test_clean(self) -> None:
        """Nothing, even of style; that Debian's packages have no versions is said in the file."""
        done = subprocess.run((HADOLINT, CONTAINERFILE), capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
