"""The vendor's client for Python, as it is shipped, against the simulator."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.simulator import sdk_client, vendors_client

ROOT = Path(sdk_client.__file__).parents[2]


class PythonTest(vendors_client.VendorsClientTests):
    """amazon-transcribe on awscrt."""

    def command(self, endpoint: str, authority: str, frame_bytes: int) -> tuple[list[str], dict[str, str]]:
        """How to run it."""
        return [sys.executable, "-m", sdk_client.__name__, endpoint, authority, str(frame_bytes)], {
            "PYTHONPATH": str(ROOT)
        }
