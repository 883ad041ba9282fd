"""Tells the service manager how the daemon is: when it can serve, that it is alive, and that it goes down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie.engines.bridge import failure_name
from alie.notify import Notify

PATIENCE_S = 20
"""After which it is ready even if no dictation could be served yet: a vendor that is away must not keep it down."""

LOOK_S, LOOK_WHILE_STARTING_S = 5.0, 0.25
CHECK_TIMEOUT_S = 5
CLOSING_S = 15
"""That the end of a stop takes at most, after the last dictation: results, the audit log's last head."""


@dataclass(frozen=True)
class Subject:
    """What is told about.

    Attributes:
        listening: fires when it listens.
        check: asks the daemon, over its own socket, whether it answers; fails if it does not.
        problems: why no dictation could be served now, in sentences without personal data.
        dictations: how many there are.
        reload: takes up what may change; returns the names of what could not be.
        drain_s: seconds that a stop leaves to dictations.
    """

    listening: Deferred[None]
    check: Callable[[], Deferred[None]]
    problems: Callable[[], list[str]]
    dictations: Callable[[], int]
    reload: Callable[[], list[str]]
    drain_s: int


class Announcer(Service):
    """To be started after the daemon, and stopped before it.

    Args:
        reactor: it lives on its time; while the reactor is blocked, nothing is told, and the watchdog bites.
        notify: whom to tell.
        subject: of whom.
    """

    _log = Logger()

    def __init__(self, reactor: Any, notify: Notify, subject: Subject) -> None:
        self._reactor = reactor
        self._notify = notify
        self._subject = subject
        self._answers = self._is_ready = self._is_stopping = False
        self._deadline = 0.0
        self._status = ""
        self._not_reloaded: list[str] = []
        self._loops = [LoopingCall(self._look), LoopingCall(notify.tell, WATCHDOG=1)]
        for loop in self._loops:
            loop.clock = reactor

    def startService(self) -> None:
        """Begins to look, and to feed the watchdog; until the reactor has ended."""
        super().startService()
        look, feed = self._loops
        look.start(LOOK_WHILE_STARTING_S, now=False)
        if self._notify.watchdog_s:
            feed.start(self._notify.watchdog_s / 2)
        self._reactor.addSystemEventTrigger("after", "shutdown", self._end)
        self._subject.listening.addCallback(lambda _: self._check())

    def stopService(self) -> None:
        """The daemon goes down, and may take its time for it."""
        super().stopService()
        self._is_stopping = True
        patience_us = (self._subject.drain_s + CLOSING_S) * 1_000_000
        self._status = self._sentence()
        self._notify.tell(STOPPING=1, EXTEND_TIMEOUT_USEC=patience_us, STATUS=self._status)

    def reload(self) -> None:
        """Takes up what may change. A daemon that goes down does not."""
        if self._is_stopping:
            return
        if self._is_ready:
            self._notify.tell_of_reload()
        self._not_reloaded = self._subject.reload()
        if self._is_ready:
            self._status = self._sentence()
            self._notify.tell(READY=1, STATUS=self._status)

    def _end(self) -> None:
        for loop in self._loops:
            if loop.running:
                loop.stop()

    def _check(self) -> None:
        self._subject.check().addCallbacks(self._on_answer, self._on_no_answer)

    def _on_answer(self, result: None) -> None:
        self._answers = True
        self._deadline = self._reactor.seconds() + PATIENCE_S
        self._look()

    def _on_no_answer(self, failure: Failure) -> None:
        # The manager gives up some time, and starts another daemon.
        self._log.error(
            "The daemon does not answer itself: {reason}", event="daemon.no_answer", reason=failure_name(failure)
        )
        if not self._is_stopping:
            self._reactor.callLater(1, self._check)

    def _look(self) -> None:
        if self._answers and not self._is_ready and not self._is_stopping and self._may_be_ready():
            self._is_ready = True
            self._loops[0].interval = LOOK_S
            self._status = self._sentence()
            self._notify.tell(READY=1, STATUS=self._status)
        status = self._sentence()
        if status != self._status:
            self._status = status
            self._notify.tell(STATUS=status)

    def _may_be_ready(self) -> bool:
        return not self._subject.problems() or self._reactor.seconds() >= self._deadline

    def _sentence(self) -> str:
        number = self._subject.dictations()
        dictations = f"{number} dictation{'' if number == 1 else 's'}"
        if self._is_stopping:
            return f"Going down: {dictations} left"
        if not self._answers:
            return "Starting"
        missed = f"Not reloaded: {', '.join(self._not_reloaded)}. " if self._not_reloaded else ""
        problems = self._subject.problems()
        return f"{missed}{dictations}" + (f"; takes no new ones: {'; '.join(problems)}" if problems else "")


class _AskingFactory(Factory):
    """Makes one, without a word in the log."""

    noisy = False

    def __init__(self, host: str) -> None:
        self._host = host

    def buildProtocol(self, address: IAddress | None) -> _Asking:
        return _Asking(self._host)


def reachable(url: str) -> str:
    """Where to reach from this machine what listens at `url`: an address that stands for all of them is none itself."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


class _Asking(Protocol):
    """Asks for `/healthz`, and takes the status line of the answer."""

    def __init__(self, host: str) -> None:
        self._request = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        self._answer = b""
        self.answered: Deferred[None] = Deferred(lambda _: self.transport.abortConnection())  # type: ignore[union-attr]

    def connectionMade(self) -> None:
        self.transport.write(self._request.encode())  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        self._answer += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        line = self._answer.split(b"\r\n")[0]
        if not self.answered.called:
            is_well = line.startswith(b"HTTP/1.1 200 ")
            self.answered.callback(None) if is_well else self.answered.errback(ConnectionError())


def ask(reactor: Any, url: str) -> Deferred[None]:
    """Asks a daemon for its `/healthz`.

    Args:
        reactor: of this process.
        url: where it can be reached, by address.

    Returns:
        Fires when it has answered with 200; fails if it did otherwise, or not within 5 s.
    """
    there = urlsplit(url)
    # Not by Twisted's own client, which logs two lines for each connection.
    endpoint = HostnameEndpoint(reactor, str(there.hostname), there.port or 80)
    connecting: Deferred[Any] = endpoint.connect(_AskingFactory(there.netloc))
    asking: Deferred[None] = connecting.addCallback(lambda asking: asking.answered)
    return asking.addTimeout(CHECK_TIMEOUT_S, reactor)
