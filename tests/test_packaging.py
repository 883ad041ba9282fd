"""The plugin is found however Alie is installed, and removing Alie leaves Twisted whole."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

CHECKOUT = Path(__file__).parent.parent
# With what the lock file holds, not with whatever build tools are newest today.
BUILD = (sys.executable, "-m", "build", "--no-isolation")
NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv*", "_trial_temp*", "*.egg-info", "__pycache__", "dropin.cache", "build", "speech", ".*_cache"
)


def run(*command: object, cwd: Path) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{command[0]} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Installing(SynchronousTestCase):
    """A wheel and an editable checkout, in a new environment."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)
        # A copy: building writes into the tree it builds from.
        self.tree = self.folder / "tree"
        shutil.copytree(CHECKOUT, self.tree, ignore=NOT_SOURCE)
        run(sys.executable, "-m", "venv", "environment", cwd=self.folder)
        self.bin = self.folder / "environment" / "bin"

    def install(self, *arguments: object) -> None:
        run(self.bin / "python", "-m", "pip", "install", "--quiet", *arguments, cwd=self.folder)

    def assertListed(self) -> None:
        self.assertIn("alie", run(self.bin / "twistd", "--help", cwd=self.folder))
        self.assertIn("--env-file", run(self.bin / "twistd", "alie", "--help", cwd=self.folder))

    def test_wheel_then_removed_then_editable(self) -> None:
        """The wheel holds plugin and page and nothing of the tests; `twistd` works before, between and after."""
        run(*BUILD, "--wheel", "--outdir", self.folder, self.tree, cwd=self.folder)
        (wheel,) = self.folder.glob("*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        self.assertIn("twisted/plugins/alie_plugin.py", names)
        self.assertIn("alie/web/page/index.html", names)
        self.assertIn("alie/py.typed", names)
        self.assertIn("alie/cli/samples/fr-CA.wav", names)
        self.assertFalse([name for name in names if name.startswith(("tests/", "etc/", "bench/"))])
        self.assertFalse([name for name in names if name.startswith("twisted/") and name.endswith("__init__.py")])

        self.install("--require-hashes", "-r", CHECKOUT / "requirements/run.txt")
        self.install("--no-deps", wheel)
        self.assertListed()
        self.assertIn("alie", run(self.bin / "alie", "--version", cwd=self.folder))
        run(self.bin / "python", "-m", "pip", "uninstall", "--yes", "alie", cwd=self.folder)
        self.assertNotIn("alie", run(self.bin / "twistd", "--help", cwd=self.folder))

        self.install("--no-deps", "--no-build-isolation", "-e", self.tree)
        self.assertListed()

    def test_sdist_holds_what_the_wheel_leaves_out(self) -> None:
        """Configuration files and tests are in the source distribution."""
        run(*BUILD, "--sdist", "--outdir", self.folder, self.tree, cwd=self.folder)
        (sdist,) = self.folder.glob("*.tar.gz")
        shutil.unpack_archive(sdist, self.folder / "unpacked")
        (root,) = (self.folder / "unpacked").iterdir()
        held = "etc/alie.env.example tests/test_packaging.py docs/protocol.md Makefile LICENSE requirements/run.txt"
        for name in held.split():
            self.assertTrue((root / name).exists(), name)


class TheTree(SynchronousTestCase):
    """What must never be in the checkout."""

    def test_no_package_of_twisted(self) -> None:
        """An __init__.py here would overwrite Twisted's own and keep twistd from starting."""
        self.assertEqual(list((CHECKOUT / "twisted").rglob("__init__.py")), [])
