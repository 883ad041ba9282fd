"""Which rows the gateway bench measures, and in what surroundings."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie import config
from bench.gateway.__main__ import wanted
from bench.gateway.gateways import GATEWAYS
from bench.gateway.stage import divide

AUTHORITY = Path("/tmp/bench/certificate.pem")
ENDPOINT = "https://localhost:1"


class WantedTests(SynchronousTestCase):
    """The rows."""

    def test_gateways_stand_beside_each_other_and_the_sdk_only_where_it_can(self) -> None:
        rows = [(gateway.name, sessions) for gateway, sessions in wanted(None, None)]
        self.assertEqual(rows[:3], [("alie", 1), ("node", 1), ("sdk", 1)])
        self.assertEqual(rows[-7:-3], [("alie", 200), ("node", 200), ("alie", 400), ("node", 400)])

    def test_floors_and_the_rest_stand_where_the_bars_are(self) -> None:
        rows = [(gateway.name, sessions) for gateway, sessions in wanted(None, None)]
        self.assertEqual(rows[-3:], [("alie, resumable", 400), ("TCP forwarder", 400), ("TLS forwarder", 400)])

    def test_whoever_is_asked_for_by_name_gets_every_number(self) -> None:
        self.assertEqual(wanted(["sdk"], [400, 5]), [(GATEWAYS["sdk"], 400), (GATEWAYS["sdk"], 5)])


class SurroundingsTests(SynchronousTestCase):
    """Environment and cores."""

    def test_nothing_of_this_environment_reaches_a_gateway(self) -> None:
        self.patch(os, "environ", {"PATH": "/bin", "ALIE_ENGINE": "embedded", "AWS_PROFILE": "mine"})
        for gateway in GATEWAYS.values():
            told = gateway.environment(ENDPOINT, AUTHORITY)
            self.assertNotIn("AWS_PROFILE", told)
            self.assertEqual((told["PATH"], told["HOME"]), ("/bin", "/tmp/bench"))

    def test_the_daemon_is_told_its_transport_and_the_baseline_nothing_of_the_kind(self) -> None:
        told = [
            gateway.environment(ENDPOINT, AUTHORITY).get("ALIE_TRANSCRIBE_TRANSPORT") for gateway in GATEWAYS.values()
        ]
        self.assertEqual(told, ["websocket", None, "sdk", "websocket", None, None])

    def test_the_daemon_understands_all_that_it_is_told(self) -> None:
        with tempfile.NamedTemporaryFile() as authority:
            for name in ("alie", "sdk", "alie, resumable"):
                read = config.read(GATEWAYS[name].environment(ENDPOINT, Path(authority.name)))
                self.assertEqual(read.host, "127.0.0.1")

    def test_gateway_and_load_share_a_core_only_where_there_is_one(self) -> None:
        self.assertEqual(divide({2, 3, 5}), ({5}, {2}))
        self.assertEqual(divide({4}), ({4}, {4}))
