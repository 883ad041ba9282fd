"""The canary: rare words and tokens go through a real daemon in every way; afterwards they are nowhere.

And where something is planted that leaves them somewhere, the same walk says so.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests.support.canary_walk import Walk

CLIP = "en-02-conf-invalid"
STATE = ".local/state/alie"
# What a daemon leaves, and nothing else: a file more would be one that somebody has to know of.
LEFT = {f"{STATE}/{name}" for name in ("alie.db", "audit.key", "audit.pub", "audit/audit.jsonl", "audit/audit.lock")}


class CanaryTestCase(TestCase):
    """What is said of a walk."""

    timeout = 90

    def assert_clean(self, walk: Walk) -> None:
        """Nothing was found, and every place was searched; no file is there that should not be."""
        self.assertEqual(walk.found(), [])
        hidden = {"process environment", "deleted files it has open", "core dumps"}
        missed = set(walk.not_searched())
        self.assertEqual(missed, set() if walk.sees_process else hidden & missed)
        self.assertEqual(walk.temporary_files, [])
        self.assertEqual(walk.files() - LEFT, set())
        self.assertNotIn("Traceback", walk.log)


class EveryWayTests(CanaryTestCase):
    """With access keys and the simulated engine."""

    def test_nothing_is_left(self) -> Deferred[None]:
        """Not of dictations that went well or badly, not of tokens, not of what REST refused."""

        async def check() -> None:
            walk = Walk(self)
            await walk.begin()
            await walk.speak(walk.key("good key"))
            await walk.search()
            self.assert_clean(walk)
            self.assertEqual(walk.saved_is_seen(), walk.book.saved)
            self.assertEqual({leg for record in walk.simulator.legs for leg in record.faults} >= {"RESET"}, True)
            print(len(walk.book.labels), "secrets,", len(walk.findings), "places")

        return Deferred.fromCoroutine(check())


class FaultTests(CanaryTestCase):
    """A daemon with a fault in it."""

    def test_exception_that_quotes(self) -> Deferred[None]:
        """The client is told of an internal error, and the log where it was; neither has the text."""

        async def check() -> None:
            walk = Walk(self, "fail")
            await walk.begin()
            client = await walk.speakers.one(walk.url, walk.key("good key"))
            self.assertEqual(client.messages[-1]["code"], "INTERNAL")
            await walk.search()
            self.assertEqual(walk.found(), [])
            self.assertIn("canary_plants.py", walk.log)
            self.assertIn("builtins.ValueError", walk.log)
            self.assertIn("because of builtins.KeyError", walk.log)

        return Deferred.fromCoroutine(check())

    def test_planted(self) -> Deferred[None]:
        """A text that is printed, a token that is printed, a frame that is kept: each is found, where it is."""

        async def check() -> None:
            walk = Walk(self, "text", "token", "audio")
            await walk.begin()
            await walk.speakers.one(walk.url, walk.key("good key"))
            await walk.search()
            found = {finding.place: finding.detail for finding in walk.found()}
            self.assertEqual(set(found), {"journal", "files"}, found)
            for label in ("words before ambient as text in journal", "good key as text in journal"):
                self.assertIn(label, found["journal"])
            self.assertIn(f"sound of ambient as bytes in {walk.daemon.folder}/tmp", found["files"])
            self.assertNotIn("zy", "".join(found.values()).replace(str(walk.daemon.folder), ""))

        return Deferred.fromCoroutine(check())
