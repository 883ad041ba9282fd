"""The daemon of this machine, as an operator may ask it: blocking, with deadlines, for commands and threads."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

TIMEOUT_S = 5.0
MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Told:
    """What it answered.

    Attributes:
        status: of HTTP.
        body: the JSON object; empty where it was none.
    """

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)


def local_host(host: str) -> str:
    """Where this machine reaches a daemon that listens on `host`: an address that means all of them is loopback."""
    try:
        address = ip_address(host)
    except ValueError:
        return "127.0.0.1" if host == "localhost" else host
    return ("::1" if address.version == 6 else "127.0.0.1") if address.is_unspecified else host


def ask(host: str, port: int, path: str, headers: Mapping[str, str] = {}, timeout_s: float = TIMEOUT_S) -> Told | None:
    """Asks over plain HTTP; None where nobody answers as a web server does.

    Args:
        host: as `HOST` has it.
        port: 1..65535.
        path: such as "/healthz".
        headers: more of them.
        timeout_s: for each wait on the socket.
    """
    connection = http.client.HTTPConnection(local_host(host), port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"Accept": "application/json", **headers})
        answer = connection.getresponse()
        return Told(answer.status, _object(answer.read(MAX_BODY_BYTES)))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def is_alie_at(host: str, port: int) -> bool:
    """Whether what listens there answers as Alie does."""
    told = ask(host, port, "/healthz")
    return told is not None and told.body.get("status") == "ok" and "uptime" in told.body


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
