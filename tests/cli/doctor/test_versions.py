"""Tests of alie.cli.doctor.versions: what is installed, and which weaknesses of it are known."""

from __future__ import annotations

import configparser
import json
from pathlib import Path
from typing import ClassVar

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import Place
from alie.cli.doctor.versions import ADVISORIES, interpreter, listed, look, online, packages
from alie.config import Config
from supply import locks
from tests.cli.doctor.answering import Answering


class ListTests(SynchronousTestCase):
    """The list that comes along."""

    def test_what_is_installed_here(self) -> None:
        """Has none of them, and neither has what is locked."""
        self.assertEqual([found.state for found in listed(packages())], [OK])
        for lock in (locks.RUN, locks.DEV):
            pinned = {name: pin.version for name, pin in locks.read(lock).items()}
            self.assertEqual([found.state for found in listed(pinned)], [OK], lock)

    def test_each(self) -> None:
        """The version before has the weakness, that one has not; what is not installed has none."""
        for name, mended, advisory in ADVISORIES:
            self.assertEqual(name, canonicalize_name(name))
            (found,) = listed({name: f"{mended}.dev1"})
            self.assertEqual(found.state, PROBLEM)
            self.assertIn(advisory, found.detail)
            self.assertEqual([found.state for found in listed({name: mended})], [OK])

    def test_no_version(self) -> None:
        """Of one that cannot be compared nobody knows."""
        self.assertEqual([found.state for found in listed({"autobahn": "unknown"})], [PROBLEM])

    def test_the_requirements(self) -> None:
        """Whatever pip may take for Alie itself has no weakness: the list finds what was put there otherwise."""
        setup = configparser.ConfigParser()
        setup.read(Path(__file__).parents[3] / "setup.cfg")
        lines = setup["options"]["install_requires"].split()
        wanted = {canonicalize_name(one.name): one.specifier for one in map(Requirement, lines)}
        listed_too = [(name, mended) for name, mended, _ in ADVISORIES if name in wanted]
        self.assertGreater(len(listed_too), 4)
        for name, mended in listed_too:
            self.assertFalse(wanted[name].contains(f"{mended}.dev1", prereleases=True), name)


class OnlineTests(SynchronousTestCase):
    """An advisory service, on loopback."""

    INSTALLED: ClassVar[dict[str, str]] = {"alie": "1.0", "a": "1", "b": "2"}

    def ask(self, answer: object, status: int = 200) -> list[tuple[str, str]]:
        """States and details."""
        with Answering({"/v1/querybatch": (status, json.dumps(answer).encode())}) as server:
            found = [(one.state, one.detail) for one in online(server.url, self.INSTALLED)]
        self.asked = json.loads(server.bodies[0])
        return found

    def test_none_is_known(self) -> None:
        """It is told names and versions, not our own, and nothing else."""
        self.assertEqual(self.ask({"results": [{}, {}]}), [(OK, "127.0.0.1 knows none of 2 packages")])
        queries = [
            {"package": {"ecosystem": "PyPI", "name": name}, "version": version} for name, version in ("a1", "b2")
        ]
        self.assertEqual(self.asked, {"queries": queries})

    def test_one_is_known(self) -> None:
        """By its names."""
        found = self.ask({"results": [{}, {"vulns": [{"id": "GHSA-1"}, {"id": "PYSEC-2"}]}]})
        self.assertEqual(found, [(PROBLEM, "b 2 has GHSA-1, PYSEC-2")])

    def test_no_whole_answer(self) -> None:
        """Is never taken for a good one."""
        for answer in ({"results": [{}]}, {}, [], {"results": [{}, {"vulns": 3}]}):
            self.assertEqual([state for state, _ in self.ask(answer)], [NOT_LOOKED_AT], answer)
        self.assertEqual([state for state, _ in self.ask({"results": [{}, {}]}, 500)], [NOT_LOOKED_AT])

    def test_nobody_is_asked_by_itself(self) -> None:
        """That is said."""
        found = list(look(Place(Given({}), Config())))
        self.assertEqual(found[-1].state, NOT_LOOKED_AT)
        self.assertIn("--online", found[-1].advice)


class InterpreterTests(SynchronousTestCase):
    """Python and OpenSSL."""

    def test_old_ones(self) -> None:
        """Are told."""
        self.assertEqual([found.state for found in interpreter((3, 10), (1, 1))], [PROBLEM, NOTE])
        self.assertEqual(list(interpreter((3, 11), (3, 0))), [])
