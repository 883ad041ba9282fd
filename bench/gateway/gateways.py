"""The gateways that are compared, each as a process in front of the same service."""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.node import MODULES, NODE

_NODE = Path(__file__).parent / "node"
SERVICE = (str(NODE), str(_NODE / "transcribe.mjs"))
_FAR_END = (str(NODE), str(_NODE / "dictation.cjs"))
_ALIE = (str(Path(sys.executable).with_name("twistd")), "--nodaemon", "--pidfile=", "alie")
_BASELINE = (str(NODE), str(_NODE / "gateway.cjs"))
_FORWARDER = (sys.executable, "-m", "bench.gateway.forwarder")
_ROOT = Path(__file__).parents[2]
# More than any row needs: no gateway is to hold sessions back.
_PLENTY = "5000"


class Kind(enum.Enum):
    """What a gateway is."""

    ALIE = enum.auto()
    BASELINE = enum.auto()
    FORWARDER = enum.auto()
    """Understands nothing."""
    TLS_FORWARDER = enum.auto()
    """Understands nothing, and speaks TLS to the far end."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway.

    Attributes:
        name: what it is called in tables.
        kind: what it is.
        fewest_sessions: rows with fewer are left out unless they are asked for.
        most_sessions: the same for more.
        transport: Alie's way to the service.
        is_resumable: whether its clients ask for acknowledgements, and to be resumable.
    """

    name: str
    kind: Kind
    fewest_sessions: int = 1
    most_sessions: int = 10_000
    transport: str = "websocket"
    is_resumable: bool = False

    @property
    def is_alie(self) -> bool:
        """Whether it is the daemon, with a REST side and metrics."""
        return self.kind is Kind.ALIE

    @property
    def is_floor(self) -> bool:
        """Whether it understands nothing of what it carries."""
        return self.kind in (Kind.FORWARDER, Kind.TLS_FORWARDER)

    def service(self, certificate: Path, key: Path) -> tuple[str, ...]:
        """What to run behind it."""
        if self.kind is Kind.FORWARDER:
            return _FAR_END
        return (*(_FAR_END if self.is_floor else SERVICE), str(certificate), str(key))

    def command(self, endpoint: str, authority: Path) -> tuple[str, ...]:
        """What to run. Args: endpoint: where the service says it is; authority: see `environment`."""
        if self.is_alie:
            return _ALIE
        if self.kind is Kind.BASELINE:
            return (*_BASELINE, endpoint)
        return (*_FORWARDER, endpoint, *(("--authority", str(authority)) if self.kind is Kind.TLS_FORWARDER else ()))

    def environment(self, endpoint: str, authority: Path) -> dict[str, str]:
        """Its whole environment; `authority` is the certificate that the service's is verified with."""
        shared = {
            "AWS_REGION": "ca-central-1",
            "AWS_ACCESS_KEY_ID": "throw-away",
            "AWS_SECRET_ACCESS_KEY": "throw-away",
        }
        if self.is_floor:
            return bare(authority.parent, PYTHONPATH=str(_ROOT))
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
            ALIE_CONNECTIONS_PER_ADDRESS="0",
            ALIE_SHED_LOAD="off",
            ALIE_TRANSCRIBE_TRANSPORT=self.transport,
            ALIE_TRANSCRIBE_ENDPOINT=endpoint,
            ALIE_TRANSCRIBE_CA_FILE=str(authority),
            ALIE_TRANSCRIBE_QUOTA=_PLENTY,
            ALIE_TRANSCRIBE_OPENS_PER_SECOND=_PLENTY,
        )


# The SDK burns a core with one session already: there is nothing to learn from hundreds. And what the rest costs, and
# the floors, tell most where Alie is held to its bars.
_ALL = (
    Gateway("alie", Kind.ALIE),
    Gateway("node", Kind.BASELINE),
    Gateway("sdk", Kind.ALIE, most_sessions=100, transport="sdk"),
    Gateway("alie, resumable", Kind.ALIE, fewest_sessions=400, is_resumable=True),
    Gateway("TCP forwarder", Kind.FORWARDER, fewest_sessions=400),
    Gateway("TLS forwarder", Kind.TLS_FORWARDER, fewest_sessions=400),
)
GATEWAYS: Mapping[str, Gateway] = {one.name: one for one in _ALL}


def bare(home: Path, **settings: str) -> dict[str, str]:
    """An environment with nothing of ours in it, so that no setting or credential of this machine takes part."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONUNBUFFERED": "1", **settings}
