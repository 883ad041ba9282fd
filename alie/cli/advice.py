"""What an operator can do about a trouble, by its code."""

from __future__ import annotations

_LOG = "look into the daemon's log around this time"
_TOKEN = "put an access token, or a key made by `alie key new`, into ALIE_TOKEN or a --token-file"
_ADVICE = {
    "UNREACHABLE": "start the daemon (twistd --nodaemon alie), or correct the address, or open the firewall",
    "UNTRUSTED": "use the name that the certificate is for, or renew it; a private authority has to be trusted here",
    "NOT_ALIE": "see what listens there: the daemon, or a proxy that passes this path on to it?",
    "NOT_READY": "wait a moment if the daemon has just started, else mend what its /readyz names on the server itself",
    "NOT_FOUND": "give no path at all, or the one at which the proxy passes WebSockets on",
    "NO_WEBSOCKET": "see that the proxy passes the Upgrade and Connection headers on for /ws",
    "FORBIDDEN": "use the server's public name, or add this one to ALIE_HOSTS",
    "AUTH_REQUIRED": _TOKEN,
    "AUTH_INVALID": _TOKEN,
    "AUTH_EXPIRED": _TOKEN,
    "REFUSED": _TOKEN,
    "CAPACITY": "wait until a dictation ends, or give the daemon more seats",
    "ENGINE_UNAVAILABLE": "see the reasons in /readyz on the server itself",
    "ENGINE_REJECTED": "see which engine listens (step config) and whether it takes this language",
    "MISHEARD": "see which engine listens (step config), and try --language",
    "LOST_AUDIO": f"see whether the machine is overloaded, and {_LOG}",
    "NOT_RESUMED": "see whether a balancer sends a client that comes back to another daemon",
    "SILENT": f"see whether the machine is overloaded or a proxy holds data back, and {_LOG}",
    "CONNECTION_LOST": f"see whether a proxy cuts WebSockets (its read timeout), and {_LOG}",
}


def advice_on(code: str) -> str:
    """One sentence for any code, known or not."""
    return _ADVICE.get(code, _LOG)
