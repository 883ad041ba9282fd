"""Tests of supply.dist: what operators install is the same, byte by byte, whoever built it from a commit."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from supply.dist import SUMS, build
from tests.support.checkout import committed


class DistTests(SynchronousTestCase):
    """Two builds of one commit."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()

    def built(self, name: str, umask: int, *, is_tidy: bool = True) -> list[Path]:
        """From a repository of its own."""
        self.addCleanup(os.umask, os.umask(umask))
        tree = committed(self.folder / name)
        if not is_tidy:
            (tree / "etc" / "left-over").touch()
            (tree / "README.md").write_text("Changed, and not committed")
        return build(tree, self.folder / f"{name}-built")

    def test_same_bytes(self) -> None:
        """In another folder, by a user with another umask; what lies about in the folder does not get in."""
        first = self.built("one", 0o022)
        second = self.built("another-folder", 0o077, is_tidy=False)
        for one, other in zip(first, second, strict=True):
            self.assertEqual((one.name, one.read_bytes()), (other.name, other.read_bytes()))
        self.assertSums(first)
        self.assertNobodys(first)

    def assertSums(self, paths: list[Path]) -> None:
        """Of each file, as sha256sum reads them."""
        *files, sums = paths
        self.assertEqual(sums.name, SUMS)
        told = [line.split("  ") for line in sums.read_text().splitlines()]
        self.assertEqual(told, [[hashlib.sha256(path.read_bytes()).hexdigest(), path.name] for path in files])

    def assertNobodys(self, paths: list[Path]) -> None:
        """Files are root's and may be read by all; what an operator needs is among them."""
        wheel, sdist, _ = paths
        with tarfile.open(sdist) as archive:
            members = archive.getmembers()
        self.assertEqual({(one.uid, one.uname, oct(one.mode & 0o644)) for one in members}, {(0, "root", "0o644")})
        names = {one.name.partition("/")[2] for one in members}
        wanted = {"requirements/run.txt", "etc/alie.env.example", "etc/prometheus/alie.rules.yml", "docs/operations.md"}
        self.assertLessEqual(wanted, names)
        with zipfile.ZipFile(wheel) as archive:
            self.assertTrue(all(one.external_attr >> 16 & 0o444 == 0o444 for one in archive.infolist()))
