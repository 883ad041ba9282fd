"""Backpressure from a transport, as one callable: Twisted tells a producer, and not always only once."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


@implementer(IPushProducer)
class WriteFlow:
    """To be registered with a transport as its streaming producer.

    Args:
        set_blocked: told True when the write buffer has become full, False when it has drained.
    """

    def __init__(self, set_blocked: Callable[[bool], None]) -> None:
        self._set_blocked = set_blocked
        self._is_blocked = False

    def pauseProducing(self) -> None:
        """The buffer is full; a transport says so again with each write."""
        if not self._is_blocked:
            self._is_blocked = True
            self._set_blocked(True)

    def resumeProducing(self) -> None:
        """The buffer has drained."""
        self._is_blocked = False
        self._set_blocked(False)

    def stopProducing(self) -> None:
        """The connection is gone; its protocol is told so, too."""
