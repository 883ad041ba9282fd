"""Whether the public address leads to this daemon: both WebSocket paths, REST, and nothing that is the operator's.

The daemon greets each WebSocket with a random name of its session. As long as that socket is open, we ask the daemon of
this machine, as its operator, whether it has that session: nobody else learns anything.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

from websockets.exceptions import InvalidStatus, WebSocketException

from alie.cli import local
from alie.cli.address import WEBSOCKET_PATH, Address
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place, ask_daemon
from alie.cli.doctor.reaching import Unreached, any_certificate, get
from alie.cli.doctor.websocket import greeted
from alie.replies import resume_path

STEP = "route"
_ROUNDED_S = 1.0
_UPGRADE = "have nginx pass on Upgrade and Connection, and HTTP/1.1 (docs/operations.md, nginx)"
_SILENT = "see that proxy_pass leads to the daemon, and no firewall is between"
_WRONG = "see where proxy_pass leads: nginx -T | grep -A3 'location'"
REFUSED = {
    301: ("is sent elsewhere", "give the address that it is sent to, which begins with wss://"),
    302: ("is sent elsewhere", "give the address that it is sent to, which begins with wss://"),
    308: ("is sent elsewhere", "give the address that it is sent to, which begins with wss://"),
    400: ("is no upgrade any more when it comes to whoever answers", _UPGRADE),
    401: ("wants a password", "take auth_basic out for this path"),
    403: ("is refused: the daemon does not answer to that Host", "set PUBLIC_WS_URL, or ALIE_HOSTS, to this name"),
    404: ("leads nowhere", _WRONG),
    426: ("is no upgrade any more when it comes to the daemon", _UPGRADE),
    429: ("is refused: too many connections from here", "wait, or see ALIE_SOCKETS_PER_ADDRESS"),
    502: ("finds nothing behind the proxy", "start the daemon, and see that proxy_pass has its PORT"),
    503: ("is refused: no daemon is there, or it takes no more sockets now", "see the line of the daemon above"),
    504: ("gets no answer from behind the proxy", _SILENT),
}
"""What each status means to whoever opens a WebSocket there, and what to do."""


def look(place: Place) -> Iterator[Finding]:
    """Every path that pages and clients use."""
    if place.public is None:
        yield Finding(STEP, NOT_LOOKED_AT, "no public address is known", "set PUBLIC_WS_URL, or give --url")
        return
    own = resume_path(place.config.instance)
    for path in dict.fromkeys(("/ws", WEBSOCKET_PATH, own, place.public.path)):
        # Of several instances any may be at the end of the shared paths, but only its own at the end of its own.
        yield websocket(place, replace(place.public, path=path), is_shared=bool(place.config.instance) and path != own)
    yield from rest(place, place.public)


def websocket(place: Place, address: Address, *, is_shared: bool) -> Finding:
    """Opens one WebSocket and looks who is at its end."""
    url = address.websocket_url
    try:
        with greeted(address, place.connect_to) as message:
            # Only while the socket is open is its session known.
            return _whose(place, url, _session(message), is_shared)
    except Unreached as error:
        return Finding(STEP, PROBLEM, f"{url}: {error}", error.advice)
    except InvalidStatus as error:
        return refused(url, error.response.status_code)
    except TimeoutError:
        return Finding(STEP, PROBLEM, f"{url} gives no answer", _SILENT)
    except (WebSocketException, OSError, EOFError) as error:
        return Finding(STEP, PROBLEM, f"{url}: there is no WebSocket ({type(error).__name__})", _UPGRADE)


def refused(url: str, status: int) -> Finding:
    """What an HTTP status means where a WebSocket was asked for."""
    meaning, advice = REFUSED.get(status, ("is no WebSocket", _UPGRADE))
    return Finding(STEP, PROBLEM, f"{url} {meaning} ({status})", advice)


def _session(message: bytes) -> str | None:
    try:
        told = json.loads(message)
        return str(told["payload"]["sessionId"]) if told["type"] == "connection_established" else None
    except (ValueError, KeyError, TypeError):
        return None


def _whose(place: Place, url: str, session_id: str | None, is_shared: bool) -> Finding:
    if session_id is None:
        return Finding(STEP, PROBLEM, f"{url}: who answers there is not Alie", _WRONG)
    told = ask_daemon(place.config, session_id)
    if told is None or "hasSession" not in told:
        detail = f"{url} leads to a daemon of Alie; whether it is this one cannot be told"
        return Finding(STEP, NOT_LOOKED_AT, detail, "ask again once the daemon of this machine runs")
    if told["hasSession"]:
        return Finding(STEP, OK, f"{url} leads to this daemon")
    if is_shared:
        return Finding(STEP, OK, f"{url} leads to another of the instances")
    where = f"{place.config.host} port {place.config.port}"
    return Finding(STEP, PROBLEM, f"{url} leads to another daemon of Alie than that on {where}", _WRONG)


def rest(place: Place, address: Address) -> Iterator[Finding]:
    """`/healthz` leads here, too, and what is the operator's is not told to everybody."""
    context = any_certificate()
    began_s = time.monotonic()
    # Of several instances any may answer.
    here = None if place.config.instance else local.ask(place.config.host, place.config.port, "/healthz")
    try:
        health = get(address, "/healthz", context, place.connect_to)
        metrics = get(address, "/metrics", context, place.connect_to)
    except Unreached as error:
        yield Finding(STEP, PROBLEM, str(error), error.advice)
        return
    took_s = time.monotonic() - began_s + _ROUNDED_S
    yield _health(address.http_url("/healthz"), health.status, _uptime(health.body), _uptime_of(here), took_s)
    if metrics.status == 200:
        advice = (
            "have nginx set X-Forwarded-For and keep Host, by which the daemon knows a proxy; or refuse the path there"
        )
        yield Finding(STEP, PROBLEM, f"{address.http_url('/metrics')} is told to everybody", advice)


def _health(url: str, status: int, uptime_s: float | None, here_s: float | None, took_s: float) -> Finding:
    if status != 200 or uptime_s is None:
        return Finding(STEP, NOTE, f"{url} is not answered by Alie ({status})", "pass /healthz and /api/ on, too")
    if here_s is not None and abs(uptime_s - here_s) > took_s:
        return Finding(STEP, NOTE, f"{url} is answered by a daemon that was started at another time", _WRONG)
    return Finding(STEP, OK, f"{url} is answered by Alie")


def _uptime(body: bytes) -> float | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return _number(told.get("uptime")) if isinstance(told, dict) else None


def _uptime_of(told: local.Told | None) -> float | None:
    return _number(told.body.get("uptime")) if told is not None else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
