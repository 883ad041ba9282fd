"""The vendor's client for Python, as it is shipped, against the simulator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.simulator import sdk_client, vendors_client
from tests.simulator.loopback import FRAME_BYTES

ROOT = Path(sdk_client.__file__).parents[2]


class PythonTest(vendors_client.VendorsClientTests):
    """amazon-transcribe on awscrt."""

    async def transcribe(self, **settings: str) -> list[dict[str, Any]]:
        """Runs it."""
        command = [sys.executable, "-m", sdk_client.__name__, self.endpoint, str(self.authority), str(FRAME_BYTES)]
        return await self.run_client(command, PYTHONPATH=str(ROOT), **settings)
