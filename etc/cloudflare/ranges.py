#!/usr/bin/python3
"""Renews the list of Cloudflare's networks, from which alone nginx takes a client's address.

    python3 etc/cloudflare/ranges.py /etc/nginx/snippets/alie-cloudflare.conf

Whoever is on that list can claim to be anybody. So the file stays as it is, and the exit status is 1, if an answer is
not what Cloudflare publishes: networks and nothing else, of the public internet, none of them very wide, not very few.
"""

from __future__ import annotations

import ipaddress
import os
import sys
import urllib.request
from pathlib import Path

SITE = "https://www.cloudflare.com"
TIMEOUT_S = 20
MOST_BYTES = 65_536
# By version of IP: how few networks there may be (15 and 7 in 2026), and how wide the widest (/12 and /29).
FEWEST = {4: 8, 6: 4}
WIDEST = {4: 8, 6: 24}
HEAD = """\
# Whose word about a client's address is taken: Cloudflare's, and nobody else's. Made by etc/cloudflare/ranges.py, which
# renews it from what www.cloudflare.com publishes as ips-v4 and ips-v6.
"""


class Broken(Exception):
    """The answer is no list of Cloudflare's networks; the text says why."""


def fetch(version: int) -> str:
    """What Cloudflare publishes."""
    with urllib.request.urlopen(f"{SITE}/ips-v{version}", timeout=TIMEOUT_S) as answer:
        body = answer.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise Broken(f"the list of IPv{version} is longer than {MOST_BYTES} bytes")
    return str(body.decode("ascii"))


def networks(text: str, version: int) -> list[str]:
    """The networks of a list, checked."""
    found = []
    for line in text.split():
        network = ipaddress.ip_network(line)
        if network.version != version or network.prefixlen < WIDEST[version] or not network.is_global:
            raise Broken(f"the list of IPv{version} has {network}")
        found.append(str(network))
    if len(set(found)) < FEWEST[version]:
        raise Broken(f"the list of IPv{version} has {len(set(found))} networks")
    return found


def main(path: Path) -> int:
    """Renews the file; returns the exit status."""
    try:
        found = [network for version in (4, 6) for network in networks(fetch(version), version)]
    except (Broken, OSError, ValueError) as error:
        print(f"{path} stays as it is: {error}", file=sys.stderr)
        return 1
    lines = "".join(f"set_real_ip_from {network};\n" for network in found)
    text = f"{HEAD}{lines}real_ip_header CF-Connecting-IP;\n"
    if path.exists() and path.read_text() == text:
        print(f"{path} is current: {len(found)} networks")
        return 0
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)
    print(f"{path} is renewed: {len(found)} networks")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
