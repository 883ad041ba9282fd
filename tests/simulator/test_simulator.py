"""Tests of alie.simulator.simulator: whole streams over both transports, outages, the report, the end."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from twisted.internet.utils import getProcessOutputAndValue

from alie.simulator.faults import FaultKind, LegFault, for_speakers
from tests.simulator import sdk_client
from tests.simulator.websocket_client import SPEAKER, LoopbackCase, client_message


class DictationTests(LoopbackCase):
    """A whole stream."""

    async def test_words_and_audio(self) -> None:
        """Partials, finals, every word once; the recording is heard whole."""
        await self.begin()
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        client.sendMessage(client_message(b""), isBinary=True)
        await client.gone
        finals = [result for result in client.results if not result["IsPartial"]]
        words = [
            item["Content"]
            for result in finals
            for item in result["Alternatives"][0]["Items"]
            if item["Type"] == "pronunciation"
        ]
        self.assertEqual(words, self.script.texts)
        self.assertIn("valide6", words)
        self.assertGreater(len(client.results), len(finals) + 5)
        self.assertEqual(client.close_code, 1000)
        heard = self.simulator.heard_by(SPEAKER)
        self.assertEqual((heard.recording == self.recording, heard.replayed_s, heard.missing), (True, 0, ()))
        self.assertEqual(self.simulator.legs[0].sha256, hashlib.sha256(self.recording).hexdigest())
        self.assertEqual(self.simulator.legs[0].ended_by, "end")


class Http2Tests(LoopbackCase):
    """The other protocol on the same port."""

    async def test_the_vendors_client(self) -> None:
        """ALPN chooses; what is heard and said is the same."""
        await self.begin()
        keys = self.simulator.credentials
        settings = {"AWS_ACCESS_KEY_ID": keys.access_key_id, "AWS_SECRET_ACCESS_KEY": keys.secret_access_key}
        command = ["-m", sdk_client.__name__, self.simulator.endpoint, self.simulator.ca_file, "6400"]
        root = str(Path(sdk_client.__file__).parents[2])
        out, err, _ = await getProcessOutputAndValue(
            sys.executable, command, {**os.environ, **settings, "PYTHONPATH": root}, stdinBytes=self.recording
        )
        told = [json.loads(line) for line in out.splitlines()]
        text = " ".join(one["text"] for one in told if one.get("isPartial") is False)
        self.assertEqual([word.rstrip(".") for word in text.split()], self.script.texts, err.decode())
        self.assertEqual(told[-1], {"ended": True})
        self.assertEqual(self.simulator.heard_by(SPEAKER).recording, self.recording)
        self.assertEqual([leg.transport for leg in self.simulator.legs], ["http2"])


class ManagementTests(LoopbackCase):
    """What a test or a drill does with it."""

    async def test_an_outage(self) -> None:
        """What is open is reset, and who comes does not even get as far as TLS."""
        await self.begin(plan=for_speakers(lambda speaker, leg: LegFault(FaultKind.OUTAGE, for_s=60.0)))
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        await client.gone
        again = await self.connect(self.url())
        self.assertTrue(again.gone.called)
        self.assertEqual(len(self.simulator.legs), 1)

    async def test_an_outage_from_outside(self) -> None:
        """Also of connections that have not spoken, and only for a while."""
        await self.begin()
        client = await self.connect(self.url())
        self.simulator.begin_outage(60.0)
        await client.gone
        refused = await self.connect(self.url())
        self.assertTrue(refused.gone.called)
        self.simulator.begin_outage(0.0)
        client = await self.connect(self.url())
        self.assertFalse(client.gone.called)
        client.sendClose(1000)
        await client.gone

    async def test_the_report(self) -> None:
        """Is JSON, and holds neither words nor keys."""
        await self.begin()
        client = await self.connect(self.url())
        self.speak(client, self.recording)
        client.sendMessage(client_message(b""), isBinary=True)
        await client.gone
        text = json.dumps(self.simulator.report())
        self.assertIn(hashlib.sha256(self.recording).hexdigest(), text)
        self.assertNotIn("valide", text)
        self.assertNotIn(self.simulator.credentials.access_key_id, text)

    async def test_stop_with_streams_open(self) -> None:
        """They are reset; stopping twice does no harm."""
        await self.begin()
        client = await self.connect(self.url())
        await self.simulator.stop()
        await client.gone
        self.assertFalse(Path(self.simulator.ca_file).exists())
        self.assertRaises(RuntimeError, getattr, self.simulator, "endpoint")
