"""Whether the daemon would take its settings, and whether the one that runs has them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import alie
from alie.cli import local
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.config import Config
from alie.origins import is_loopback

STEP = "settings"


def look(place: Place) -> Iterator[Finding]:
    """Values, names, and what is odd about them together."""
    for complaint in place.complaints:
        yield Finding(STEP, PROBLEM, complaint, "the daemon does not start with this: mend the line, or take it out")
    for note in place.config.notes:
        yield Finding(STEP, NOTE, note, "take it out: a secret that nobody needs is best kept nowhere")
    yield from together(place.config)
    if not place.complaints:
        yield Finding(STEP, OK, "the daemon would take all of them (see alie config check)")


def together(config: Config) -> Iterator[Finding]:
    """What each setting for itself does not show."""
    if not is_loopback(config.host) and config.public_ws_url.startswith("wss:"):
        detail = f"HOST is {config.host}: whoever reaches port {config.port} speaks to the daemon without TLS"
        yield Finding(STEP, NOTE, detail, "with a proxy on this machine, set HOST=127.0.0.1")
    if config.access.trusts_origin:
        detail = "ALIE_WS_ORIGIN_TRUST lets anyone dictate who says that he comes from a page of yours"
        yield Finding(STEP, NOTE, detail, "have the pages send a token, and take it out (docs/compliance.md)")
    if config.public_ws_url.startswith("ws:") and not is_loopback(config.public_ws_url.split("/")[2].split(":")[0]):
        detail = "PUBLIC_WS_URL is not encrypted: pages that came by https may not open it"
        yield Finding(STEP, PROBLEM, detail, "set it to wss://")
    if (
        all(is_loopback(origin.split("//", 1)[1].split(":")[0]) for origin in config.allowed_origins)
        and config.public_ws_url
    ):
        detail = "CORS_ALLOWED_ORIGINS has only this machine: pages from elsewhere are refused"
        yield Finding(STEP, NOTE, detail, "name the origin of your pages, such as https://app.example.ca")


def running(place: Place) -> Iterator[Finding]:
    """The daemon that runs: is it this version, with these settings, and ready?"""
    daemon, config = place.daemon, place.config
    if daemon is None:
        advice = "start it (systemctl start alie-backend), or name its settings with --env-file"
        yield Finding("daemon", PROBLEM, f"none of Alie answers on {config.host} port {config.port}", advice)
        return
    if place.pid is None:
        advice = "run this on the same machine, with HOST on loopback or with ALIE_METRICS_TOKEN in the settings"
        yield Finding("daemon", NOT_LOOKED_AT, "it answers, but does not take us for its operator", advice)
        return
    yield readiness(place)
    if daemon.get("version") != alie.__version__:
        detail = f"it runs {daemon.get('version')}, and {alie.__version__} is installed"
        yield Finding("daemon", NOTE, detail, "restart it (docs/operations.md, Upgrade)")
    yield from _older_than_its_settings(place)


def readiness(place: Place) -> Finding:
    """Whether a dictation could be served now."""
    daemon = place.daemon or {}
    if daemon.get("ready"):
        notes = "; ".join(map(str, daemon.get("notes", ())))
        return Finding("daemon", NOTE if notes else OK, f"process {place.pid}, ready{f': {notes}' if notes else ''}")
    reasons = "; ".join(map(str, daemon.get("reasons", ()))) or "it does not say why"
    advice = "wait a moment if it has just started, else mend what it names"
    return Finding("daemon", PROBLEM, f"process {place.pid}, not ready: {reasons}", advice)


def _older_than_its_settings(place: Place) -> Iterator[Finding]:
    told = local.ask(place.config.host, place.config.port, "/healthz")
    if place.env_file is None or told is None or not isinstance(told.body.get("uptime"), int | float):
        return
    if _age_s(place.env_file) < float(told.body["uptime"]) - 1:
        detail = f"{place.env_file} was changed after the daemon was started"
        yield Finding("daemon", NOTE, detail, "restart it, or reload what can be reloaded (docs/operations.md)")


def _age_s(path: str) -> float:
    import time

    return time.time() - os.stat(path).st_mtime
