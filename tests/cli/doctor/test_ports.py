"""Tests of alie.cli.doctor.ports and place: whose a port is."""

from __future__ import annotations

import socket

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import Place, place
from alie.cli.doctor.ports import look
from alie.config import Config
from tests.cli.doctor.answering import Answering


class PortTests(SynchronousTestCase):
    """`PORT`."""

    def state(self, port: int) -> str:
        """What is found."""
        (found,) = look(place(Given({"PORT": str(port)})))
        return found.state

    def test_free_or_not(self) -> None:
        """Free; somebody else's, whether he speaks HTTP or not; whichever is free."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            other.close()
        self.assertEqual(self.state(port), NOTE)
        with Answering({"/readyz": (200, b'{"status":"up"}')}) as server:
            self.assertEqual(self.state(int(server.url.rsplit(":", 1)[1])), PROBLEM)
        self.assertEqual(self.state(0), NOT_LOOKED_AT)

    def test_the_daemons(self) -> None:
        """It has answered."""
        (found,) = look(Place(Given({}), Config(), daemon={"ready": True}))
        self.assertEqual(found.state, OK)


class TokenTests(SynchronousTestCase):
    """The operator's token."""

    TOKEN = "canary-that-nobody-may-see"

    def asked(self, body: bytes) -> list[bool]:
        """Whether the token was in each request."""
        with Answering({"/readyz": (200, body)}) as server:
            port = server.url.rsplit(":", 1)[1]
            where = place(Given({"PORT": port, "ALIE_METRICS_TOKEN": self.TOKEN}))
        self.assertNotIn(self.TOKEN, repr(where))
        return ["Authorization" in headers for _, headers in server.asked]

    def test_only_where_it_is_needed(self) -> None:
        """And to nobody who does not answer as Alie does."""
        self.assertEqual(self.asked(b'{"ready":true,"pid":7}'), [False])
        self.assertEqual(self.asked(b'{"ready":true}'), [False, True])
        self.assertEqual(self.asked(b"<html>"), [False])
