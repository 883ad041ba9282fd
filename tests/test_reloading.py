"""Tests of alie.reloading: every part is asked, whatever the others do; what fails is told, without secrets."""

from __future__ import annotations

from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from alie.reloading import ReloadError, Reloads


class ReloadsTests(SynchronousTestCase):
    """A registry of parts."""

    def setUp(self) -> None:
        self.reloads = Reloads()
        self.events: list[str] = []

    def reload(self) -> tuple[list[str], list[str]]:
        """The names of those that failed, and what was logged."""
        with capturedLogs() as logs:
            failed = self.reloads.reload()
        return failed, [formatEvent(log) or "" for log in logs]

    def fail(self, error: Exception) -> None:  # type: ignore[override]
        """A part that cannot be reloaded."""
        self.events.append("failing")
        raise error

    def test_nothing(self) -> None:
        """A daemon that can reload nothing says so."""
        self.assertEqual(self.reload(), ([], ["Reloaded: nothing"]))

    def test_all_in_their_order(self) -> None:
        """As they came; and again each time."""
        self.reloads.add("certificates", lambda: self.events.append("certificates"))
        self.reloads.add("allowed origins", lambda: self.events.append("origins"))
        self.assertEqual(self.reload(), ([], ["Reloaded: certificates, allowed origins"]))
        self.reload()
        self.assertEqual(self.events, ["certificates", "origins"] * 2)

    def test_a_failure(self) -> None:
        """Those after it are asked all the same; its sentence is told."""
        self.reloads.add("certificates", lambda: self.fail(ReloadError("The key does not fit")))
        self.reloads.add("allowed origins", lambda: self.events.append("origins"))
        failed, logs = self.reload()
        self.assertEqual((failed, self.events), (["certificates"], ["failing", "origins"]))
        self.assertEqual(
            logs,
            ["Not reloaded, certificates stays as it was: The key does not fit", "Reloaded: allowed origins"],
        )

    def test_no_secrets(self) -> None:
        """Of an error that nobody wrote for the operator only the type is told."""
        self.reloads.add("certificates", lambda: self.fail(ValueError("s3cret")))
        failed, logs = self.reload()
        self.assertEqual(failed, ["certificates"])
        self.assertEqual(logs, ["Not reloaded, certificates stays as it was: ValueError", "Reloaded: nothing"])
