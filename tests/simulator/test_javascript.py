"""The vendor's client for JavaScript, run by node, against the simulator."""

from __future__ import annotations

import json

from tests.simulator import vendors_client
from tests.support.node import NODE, TRANSCRIBE, environment

PARAMETERS = {"LanguageCode": "fr-CA", "MediaEncoding": "pcm", "MediaSampleRateHertz": 16000, "ShowSpeakerLabel": True}


class JavaScriptTest(vendors_client.VendorsClientTests):
    """@aws-sdk/client-transcribe-streaming."""

    def command(self, endpoint: str, authority: str, frame_bytes: int) -> tuple[list[str], dict[str, str]]:
        """How to run it."""
        command = [str(NODE), str(TRANSCRIBE), endpoint, str(frame_bytes), json.dumps(PARAMETERS)]
        return command, environment(NODE_EXTRA_CA_CERTS=authority)
