"""What all looks have in common: the settings, the unit, the daemon that runs, and by which address others reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alie import config as configuration
from alie.cli import local
from alie.cli.address import Address, parse
from alie.cli.config.reading import Given
from alie.cli.unit import Unit
from alie.config import Config
from alie.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """Where alie doctor is.

    Attributes:
        given: what was set where.
        config: what it amounts to; what is refused has its default.
        complaints: about settings, in sentences that begin with the name.
        env_file: which file of settings was read; None: none.
        unit: of systemd; None: there is none.
        daemon: what the daemon of this machine tells an operator; None: none answers.
        public: by which address others reach it; None: nobody has said.
        connect_to: host and port where that address is looked for, in place of its own; None: its own.
        osv_url: the advisory service to be asked; empty: none.
    """

    given: Given
    config: Config
    complaints: tuple[str, ...] = ()
    env_file: str | None = None
    unit: Unit | None = None
    daemon: Mapping[str, Any] | None = None
    public: Address | None = None
    connect_to: tuple[str, int] | None = None
    osv_url: str = field(default="")

    @property
    def pid(self) -> int | None:
        """Of the daemon; None: it is not known."""
        pid = self.daemon.get("pid") if self.daemon is not None else None
        return pid if isinstance(pid, int) else None


def place(
    given: Given,
    *,
    unit: Unit | None = None,
    url: str | None = None,
    connect_to: tuple[str, int] | None = None,
    osv_url: str = "",
) -> Place:
    """Reads the settings and asks the daemon who it is; takes some seconds at most.

    Args:
        given: what was set where.
        unit: of systemd.
        url: by which others reach the daemon; None: `PUBLIC_WS_URL`.
        connect_to: see `Place`.
        osv_url: see `Place`.

    Raises:
        ValueError: `url` is no address.
    """
    settings = Settings(given.values)
    config = configuration.examine(settings)
    return Place(
        given=given,
        config=config,
        complaints=tuple(settings.complaints),
        env_file=given.env_file,
        unit=unit,
        daemon=ask_daemon(config),
        public=parse(url) if url else _public(config.public_ws_url),
        connect_to=connect_to,
        osv_url=osv_url,
    )


def _public(url: str) -> Address | None:
    try:
        return parse(url) if url else None
    except ValueError:  # of what pages are told, a part is for nobody: a user name, a fragment
        return None


def ask_daemon(config: Config, session_id: str | None = None) -> Mapping[str, Any] | None:
    """What `/readyz` of this machine's daemon tells an operator; None where no daemon of Alie answers.

    Args:
        config: its address, and the token that makes an operator.
        session_id: of a session about which it is asked whether its socket is there.
    """
    headers = {} if session_id is None else {"Alie-Session": session_id}
    told = local.ask(config.host, config.port, "/readyz", headers)
    if told is None or "ready" not in told.body:
        return None
    if "pid" not in told.body and config.metrics_token:
        # Only where it is asked for: whatever else might listen there need not get to know it.
        told = local.ask(
            config.host, config.port, "/readyz", headers | {"Authorization": f"Bearer {config.metrics_token}"}
        )
    return told.body if told is not None else None
