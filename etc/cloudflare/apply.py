#!/usr/bin/python3
"""Makes a zone at Cloudflare as settings.json says.

    CLOUDFLARE_API_TOKEN=... python3 etc/cloudflare/apply.py ZONE_ID [HOST]

HOST is api.alie.app, unless it is given. A rule of ours replaces the one of the same description; all others stay as
they are. Each line says what was set; the exit status is 1 if anything was refused. The token needs the rights
"Zone Settings", "Bot Management", "Config Rules", "Cache Rules" and "Zone WAF", each "Edit", for this zone alone.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

API = "https://api.cloudflare.com/client/v4"
NAME = "api.alie.app"
TIMEOUT_S = 30


class Refused(Exception):
    """Cloudflare has answered no; the text is its own."""


class Zone:
    """One zone.

    Args:
        zone_id: as its overview shows it.
        token: may edit it.
    """

    def __init__(self, zone_id: str, token: str) -> None:
        self._url = f"{API}/zones/{zone_id}"
        self._token = token

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What a request gives; None where there is nothing.

        Raises:
            Refused: it gives an error.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}/{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            if error.code == 404 and method == "GET":
                return None
            raise Refused(_reasons(error.read()) or f"HTTP {error.code}") from None
        except (OSError, ValueError, KeyError) as error:
            raise Refused(str(error)) from None

    def set_rule(self, phase: str, rule: dict[str, Any]) -> None:
        """Puts one rule into a phase, at the place of its predecessor or last; no other is touched."""
        entrypoint = f"rulesets/phases/{phase}/entrypoint"
        present = self.ask("GET", entrypoint)
        if present is None:
            self.ask("PUT", entrypoint, {"rules": [rule]})
            return
        rules = f"rulesets/{present['id']}/rules"
        for each in present.get("rules", []):
            if each.get("description") == rule["description"]:
                self.ask("PATCH", f"{rules}/{each['id']}", rule)
                return
        self.ask("POST", rules, rule)


def _reasons(body: bytes) -> str:
    try:
        return "; ".join(error["message"] for error in json.loads(body)["errors"])
    except (ValueError, KeyError, TypeError):
        return ""


def main(zone_id: str, host: str = NAME) -> int:
    """Sets all; returns the exit status."""
    token = os.environ.get("CLOUDFLARE_API_TOKEN", "")
    if not token:
        print("CLOUDFLARE_API_TOKEN is not set", file=sys.stderr)
        return 2
    zone = Zone(zone_id, token)
    settings = json.loads(Path(__file__).with_name("settings.json").read_text().replace(NAME, host))
    steps = [(one["path"], partial(zone.ask, one["method"], one["path"], one["body"])) for one in settings["zone"]]
    for one in settings["rules"]:
        steps.append((one["rule"]["description"], partial(zone.set_rule, one["phase"], one["rule"])))
    status = 0
    for what, step in steps:
        try:
            step()
            print(f"set: {what}")
        except Refused as error:
            print(f"REFUSED: {what}: {error}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
