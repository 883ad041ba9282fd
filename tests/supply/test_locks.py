"""What is installed is what was looked at: every package is pinned, with the hashes of its files."""

import json
import re
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from twisted.trial.unittest import SynchronousTestCase

from supply.locks import CHECKOUT, DEV, RUN, LockError, read

FOR_RUNNING = ("embedded", "amazon")


def wanted(*extras: str) -> list[Requirement]:
    """What setup.cfg asks for, and what builds Alie."""
    parser = ConfigParser()
    parser.read(CHECKOUT / "setup.cfg")
    lines = parser["options"]["install_requires"].split("\n")
    for extra in extras:
        lines += parser["options.extras_require"][extra].split("\n")
    build = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    return [Requirement(line) for line in (*lines, *build) if line]


def all_extras() -> list[str]:
    parser = ConfigParser()
    parser.read(CHECKOUT / "setup.cfg")
    return list(parser["options.extras_require"])


class TheLockFiles(SynchronousTestCase):
    """requirements/run.txt and requirements/dev.txt; `make lock` writes them."""

    def assertHolds(self, lock: Path, requirements: list[Requirement]) -> None:
        pins = read(lock)
        for requirement in requirements:
            version = pins[canonicalize_name(requirement.name)].version
            self.assertIn(version, requirement.specifier, f"{requirement} in {lock.name}")

    def test_they_hold_what_is_asked_for(self) -> None:
        """A dependency that was added to setup.cfg, and not locked, is a red test."""
        self.assertHolds(RUN, wanted(*FOR_RUNNING))
        self.assertHolds(DEV, wanted(*all_extras()))

    def test_the_tests_run_on_what_is_run(self) -> None:
        """The same files, plus those for tests."""
        run, dev = read(RUN), read(DEV)
        self.assertEqual({name: dev.get(name) for name in run}, run)

    def test_every_line_is_a_pin_with_hashes(self) -> None:
        """Nothing that pip would take without comparing: no link, no path, no range, no index of its own."""
        path = Path(self.mktemp())
        digest = f" \\\n    --hash=sha256:{'a' * 64}\n"
        for line in (
            "--index-url https://a.example\n",
            "one==1\n",
            f"one>=1{digest}",
            f"one @ file:///one.whl{digest}",
        ):
            path.write_text(f"two==2{digest}{line}", encoding="utf-8")
            self.assertRaises(LockError, read, path)
        path.write_text(f"# made by hand\ntwo[more]==2{digest}    # via one\n", encoding="utf-8")
        self.assertEqual(read(path)["two"].hashes, {"a" * 64})

    def test_it_is_what_is_installed_here(self) -> None:
        """So the tests speak of these versions."""
        pins = read(DEV)
        self.assertEqual({name: metadata.version(name) for name in pins}, {name: pins[name].version for name in pins})

    def test_the_build_is_pinned_too(self) -> None:
        """requirements/build.in repeats what pyproject.toml asks for, since the lock is made from it."""
        lines = (CHECKOUT / "requirements/build.in").read_text(encoding="utf-8").splitlines()
        build = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
        self.assertEqual([line for line in lines if not line.startswith("#")], build)

    def test_packages_for_node_have_theirs(self) -> None:
        """package-lock.json: npm compares each file with its SHA-512."""
        found = json.loads((CHECKOUT / "tests/support/node/package-lock.json").read_text(encoding="utf-8"))["packages"]
        without = [
            name for name, entry in found.items() if name and not entry.get("integrity", "").startswith("sha512-")
        ]
        self.assertEqual(without, [])


class Installing(SynchronousTestCase):
    """What make does with them."""

    def test_make_installs_nothing_else(self) -> None:
        """Every pip of `make run` and `make setup` compares hashes, but for the one that links this checkout."""
        command = ("make", "--dry-run", "--always-make", "--directory", str(CHECKOUT), "run", "setup")
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        installs = [line.split(" install ")[1] for line in said.splitlines() if " -m pip install " in line]
        self.assertEqual(len(installs), 3, said)
        for line in installs:
            if not line.endswith("--no-deps --no-build-isolation -e ."):
                self.assertRegex(line, r" --require-hashes -r requirements/(run|dev)\.txt$")

    def fetch(self, text: str) -> "subprocess.CompletedProcess[str]":
        """Has pip fetch one locked package."""
        folder = Path(self.mktemp())
        folder.mkdir(parents=True)
        (folder / "lock.txt").write_text(text, encoding="utf-8")
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-cache-dir", "--no-deps", "--require-hashes")
        command = (*pip, "--dest", str(folder / "files"), "-r", str(folder / "lock.txt"))
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_a_tampered_file_is_refused(self) -> None:
        """A file whose hash is not in the lock is not installed, and the same file is if it is."""
        pin = read(RUN)["constantly"]
        good = f"{pin.name}=={pin.version}" + "".join(f" --hash=sha256:{one}" for one in sorted(pin.hashes))
        self.assertEqual(self.fetch(good).returncode, 0)
        bad = re.sub(r"sha256:.", lambda found: "sha256:" + ("0" if found[0][-1] != "0" else "1"), good)
        refused = self.fetch(bad)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("DO NOT MATCH THE HASHES", refused.stderr)
