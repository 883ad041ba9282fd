"""The command line of `alie doctor`."""

from __future__ import annotations

import argparse

from alie.cli.address import parse
from alie.cli.unit import DEFAULT_UNIT

LOOKS = (
    "env-file",
    "secrets",
    "settings",
    "daemon",
    "port",
    "tls",
    "certificate",
    "route",
    "clock",
    "entropy",
    "process",
    "disk",
    "model",
    "engine",
    "supabase",
    "systemd",
    "versions",
)
"""What can be looked at, in the order in which it is told."""
DEFAULT_OSV_URL = "https://api.osv.dev"
DEFAULT_TIMEOUT_S = 60
_ABOUT = """\
Looks at all that a dictation needs on this machine, and on the way to it: settings, daemon, ports, certificates, the
proxy's routes, clock, limits, engine, Amazon, Supabase, model, disk, systemd, versions. It changes nothing and shows no
secret. Run it on the server, as the daemon's user or as root. A line is one of:

  ok               as it should be
  note             it works, and could be better
  problem          it keeps somebody from dictating, or something from being safe
  not looked at    it could not be seen from here; that says nothing about it

Exit status 0: no problem. 1: at least one. 2: the command line makes no sense."""


def add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    command = commands.add_parser(
        "doctor",
        help="look at everything that a dictation needs, and say what to do",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("looks", nargs="*", type=_look, metavar="LOOK", help=f"only these of: {', '.join(LOOKS)} (default: all)")
    add("--env-file", metavar="FILE", help="settings of the daemon (default: the EnvironmentFile of its unit)")
    add("--unit", default=DEFAULT_UNIT, metavar="NAME|FILE", help=f"its systemd unit (default {DEFAULT_UNIT})")
    add("--url", type=_url, metavar="URL", help="where others reach the daemon (default: PUBLIC_WS_URL)")
    add("--connect-to", type=_host_and_port, metavar="HOST:PORT", help="go there for it, such as past a CDN")
    add("--online", action="store_true", help="ask an advisory service about the versions of all packages")
    add("--osv-url", type=_url, default=DEFAULT_OSV_URL, metavar="URL", help=f"which one (default {DEFAULT_OSV_URL})")
    add("--timeout", type=_seconds, default=DEFAULT_TIMEOUT_S, metavar="S", help="for all together (default 60 s)")
    add("--json", dest="as_json", action="store_true", help="write one JSON object, for programs")


def _look(text: str) -> str:
    if text not in LOOKS:
        raise argparse.ArgumentTypeError(f"{text} is none of: {', '.join(LOOKS)}")
    return text


def _url(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError("a host and a port are needed, such as 127.0.0.1:443")
    return host.strip("[]"), int(port)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3600:
        raise argparse.ArgumentTypeError("a whole number of seconds from 1 to 3600 is needed")
    return int(text)
