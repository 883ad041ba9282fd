"""The vendor's client for JavaScript, run by node, against the simulator."""

from __future__ import annotations

import json
from typing import Any

from tests.simulator import vendors_client
from tests.simulator.loopback import FRAME_BYTES
from tests.support.node import NODE, TRANSCRIBE, environment

PARAMETERS = {"LanguageCode": "fr-CA", "MediaEncoding": "pcm", "MediaSampleRateHertz": 16000, "ShowSpeakerLabel": True}


class JavaScriptTest(vendors_client.VendorsClientTests):
    """@aws-sdk/client-transcribe-streaming."""

    async def transcribe(self, **settings: str) -> list[dict[str, Any]]:
        """Runs it."""
        command = [str(NODE), str(TRANSCRIBE), self.endpoint, str(FRAME_BYTES), json.dumps(PARAMETERS)]
        return await self.run_client(command, **environment(NODE_EXTRA_CA_CERTS=str(self.authority), **settings))
