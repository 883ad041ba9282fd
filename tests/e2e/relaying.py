"""A relay in a process of its own: browsers are driven without Twisted's reactor, which a relay needs.

    python -m tests.e2e.relaying URL

It prints `Alie listens on http://127.0.0.1:PORT` like the daemon. SIGUSR1 cuts it, SIGUSR2 mends it.
"""

from __future__ import annotations

import signal
import sys
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from tests.support.relay import Relay


def main(reactor: Any, url: str) -> Deferred[None]:
    """Relays until the process is ended."""
    # Its end is that of the process.
    relay = Relay(TestCase("run"), url)
    signal.signal(signal.SIGUSR1, lambda *_: reactor.callFromThread(lambda: Deferred.fromCoroutine(relay.cut())))
    signal.signal(signal.SIGUSR2, lambda *_: reactor.callFromThread(relay.mend))
    print(f"Alie listens on {relay.url}", flush=True)
    return Deferred()


if __name__ == "__main__":
    task.react(main, sys.argv[1:])
