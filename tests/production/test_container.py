"""etc/container/Containerfile: linted, built by buildah on a Debian of the test's own, and run as it asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from supply.dist import build
from tests.support import runbook
from tests.support.checkout import committed
from tests.support.image import Builder, Container

ROOT = Path(__file__).parents[2]
CONTAINERFILE = ROOT / "etc" / "container" / "Containerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")


class LintTests(SynchronousTestCase):
    """What hadolint thinks of it."""

    def test_clean(self) -> None:
        """Nothing, even of style; that Debian's packages have no versions is said in the file."""
        done = subprocess.run((HADOLINT, CONTAINERFILE), capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


class ImageTests(SynchronousTestCase):
    """The image, built as the page says."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.builder = Builder(self.folder)
        self.addCleanup(self.builder.remove)
        self.state = self.folder / "state"
        self.state.mkdir(mode=0o700)

    def container(self, root: Path, **settings: str) -> Container:
        """Runs the image."""
        container = Container(root, self.config, self.state, **settings)
        self.addCleanup(container.stop)
        return container

    def test_built_and_run(self) -> None:
        """It lets nobody in unasked; with access keys it hears a sentence, is healthy, and drains when told to end."""
        tree = committed(self.folder / "checkout")
        build(tree, tree / "dist")
        (command,) = (block.text for block in runbook.blocks("Container") if block.language == "sh")
        self.builder.build(command, tree)
        self.config = self.builder.config("alie")
        root = self.builder.mounted("alie")
        user, group = map(int, self.config["User"].split(":"))
        os.chown(self.state, user, group)
        for shell in ("sh", "dash", "bash"):
            (root / "usr/bin" / shell).unlink()

        open_to_all = self.container(root)
        self.assertEqual(open_to_all.process.wait(), 1)
        self.assertIn("no authentication guards dictation", open_to_all.log.read_text())

        container = self.container(root, WS_REQUIRE_AUTH="true", AUTH_REQUIRED="true")
        key = container.run("alie", "key", "new", "--user", "Roy", "--clinic", "Parc")
        self.assertIn("none lost", container.run("alie", "check", ALIE_TOKEN=key.strip()))
        _, *health = self.config["Healthcheck"]["Test"]
        container.run(*health)
        self.assertNotIn("plugin cache", container.log.read_text())
        self.assertEqual(container.stop(), 0)
        self.assertIn("Server Shut Down", container.log.read_text())
