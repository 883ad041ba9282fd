"""The gateways that are compared, each as a process in front of the same service."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.node import MODULES, NODE

_NODE = Path(__file__).parent / "node"
SERVICE = (str(NODE), str(_NODE / "transcribe.mjs"))
_ALIE = (str(Path(sys.executable).with_name("twistd")), "--nodaemon", "--pidfile=", "alie")
_BASELINE = (str(NODE), str(_NODE / "gateway.cjs"))
# More than any row needs: no gateway is to hold sessions back.
_PLENTY = "2000"


@dataclass(frozen=True, slots=True)
class Gateway:
    """One kind.

    Attributes:
        name: "alie", "node" or "sdk".
        most_sessions: rows with more are left out unless they are asked for.
        transport: Alie's way to the service; None: it is not Alie.
    """

    name: str
    most_sessions: int
    transport: str | None

    @property
    def is_alie(self) -> bool:
        """Whether it is the daemon, with a REST side and metrics."""
        return self.transport is not None

    def command(self, endpoint: str) -> tuple[str, ...]:
        """What to run; `endpoint` is the service's https:// URL."""
        return _ALIE if self.is_alie else (*_BASELINE, endpoint)

    def environment(self, endpoint: str, authority: Path) -> dict[str, str]:
        """Its whole environment; `authority` is the certificate that the service's is verified with."""
        shared = {
            "AWS_REGION": "ca-central-1",
            "AWS_ACCESS_KEY_ID": "throw-away",
            "AWS_SECRET_ACCESS_KEY": "throw-away",
        }
        if not self.is_alie:
            own = {"NODE_PATH": str(MODULES), "NODE_EXTRA_CA_CERTS": str(authority), "NODE_ENV": "production"}
            return bare(authority.parent, **shared, **own)
        return bare(
            authority.parent,
            **shared,
            HOST="127.0.0.1",
            PORT="0",
            ALIE_ENGINE="amazon",
            ALIE_FAILOVER="off",
            ALIE_MAX_SESSIONS=_PLENTY,
            ALIE_TRANSCRIBE_TRANSPORT=str(self.transport),
            ALIE_TRANSCRIBE_ENDPOINT=endpoint,
            ALIE_TRANSCRIBE_CA_FILE=str(authority),
            ALIE_TRANSCRIBE_QUOTA=_PLENTY,
            ALIE_TRANSCRIBE_OPENS_PER_SECOND=_PLENTY,
        )


# The SDK burns a core with one session already: there is nothing to learn from hundreds.
GATEWAYS: Mapping[str, Gateway] = {
    one.name: one
    for one in (Gateway("alie", 10_000, "websocket"), Gateway("node", 10_000, None), Gateway("sdk", 100, "sdk"))
}


def bare(home: Path, **settings: str) -> dict[str, str]:
    """An environment with nothing of ours in it, so that no setting or credential of this machine takes part."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONUNBUFFERED": "1", **settings}
