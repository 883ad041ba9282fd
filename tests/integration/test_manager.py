"""Tests of a real daemon and who supervises it, where that is no systemd: what it tells, a socket handed to it."""

from __future__ import annotations

import socket

from twisted.trial.unittest import TestCase

from tests.integration.test_start import until
from tests.support.daemon import TWISTD, fetch, start
from tests.support.manager import Manager

WATCHDOG_S = 1.0
ACTIVATE = "systemd-socket-activate"


class ManagerTests(TestCase):
    """What it tells from its start to its end."""

    timeout = 120

    def setUp(self) -> None:
        self.heard: list[dict[str, str]] = []

    def listen(self, manager: Manager) -> None:
        """Takes what has come."""
        self.heard += manager.heard()

    async def until_heard(self, manager: Manager, name: str, times: int = 1) -> None:
        """Waits until this was told as often as that."""

        def is_so() -> bool:
            self.listen(manager)
            return sum(name in told for told in self.heard) >= times

        await until(is_so)

    async def test_told(self) -> None:
        """Ready once it answers and can serve; a reload and its end; the end, with the time it may take; and all along
        that it is alive."""
        manager = Manager(self, watchdog_s=WATCHDOG_S)
        daemon = start(self, ALIE_DRAIN_SECONDS="7", **manager.environ)
        await self.until_heard(manager, "READY")
        url = await daemon.listening
        self.assertIn('"ready":true', await fetch(f"{url}/readyz"))
        await self.until_heard(manager, "WATCHDOG", 3)
        daemon.stop("HUP")
        await self.until_heard(manager, "READY", 2)
        daemon.stop()
        self.assertEqual((await daemon.ended, daemon.err), (0, ""))
        self.listen(manager)
        kinds = [next(iter(told)) for told in self.heard]
        kinds = [kind for kind in kinds if kind not in ("STATUS", "WATCHDOG")]
        self.assertEqual(kinds, ["READY", "RELOADING", "READY", "STOPPING"])
        (stopping,) = (told for told in self.heard if "STOPPING" in told)
        self.assertGreaterEqual(int(stopping["EXTEND_TIMEOUT_USEC"]), 7_000_000)


class ActivationTests(TestCase):
    """A socket that was there before the daemon."""

    timeout = 120

    async def test_handed_over(self) -> None:
        """It is the one that is listened on, whatever the settings say, and whoever waits there is answered."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = (ACTIVATE, f"--listen=127.0.0.1:{port}", "--fdname=http", "--setenv=HOME", "--setenv=PYTHONPATH")
        daemon = start(self, program=(*program, str(TWISTD)))
        await until(lambda: "Listening on" in daemon.err)
        # The daemon is started by this very request.
        self.assertEqual(await fetch(f"http://127.0.0.1:{port}/health"), '{"status":"ok"}')
        self.assertEqual(await daemon.listening, f"http://127.0.0.1:{port}")
        daemon.stop()
        self.assertEqual(await daemon.ended, 0)
