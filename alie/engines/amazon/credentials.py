"""AWS credentials: botocore's provider chain, asked in a thread, kept while they are good.

The chain is environment, web identity, shared files, container, instance role; it may read files, run programs and
ask other hosts, so it never runs on the reactor. Keys are never logged.
Source: docs.aws.amazon.com/boto3/latest/guide/credentials.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from alie.engines.bridge import Pool, failure_name
from alie.faults import Fault, StreamFailed

_MUST_REFRESH_S = 600
"""With less time left than this, credentials are not handed out any more; botocore's own number."""

NOT_FOUND = "No AWS credentials were found"

_log = Logger()


class Keys(Protocol):
    """Frozen credentials, as botocore gives them. Never logged."""

    @property
    def access_key(self) -> str:
        """Names the key."""

    @property
    def secret_key(self) -> str:
        """Signs."""

    @property
    def token(self) -> str | None:
        """Of temporary credentials, else None."""


class CredentialsReactor(Protocol):
    """What is needed of a reactor."""

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """Has the reactor thread call it."""


def _resolve() -> Any:
    """Asks the chain, in a worker thread; botocore's credentials, or None."""
    # Signing needs the first one: imported here, the reactor need not wait for it.
    import botocore.auth  # type: ignore[import-untyped]
    import botocore.session  # type: ignore[import-untyped]

    return botocore.session.Session().get_credentials()


class Credentials:
    """Gives credentials that are good for ten minutes at least. Reactor thread.

    Args:
        reactor: its `callFromThread`.
        resolve: for tests; asks the chain, in a worker thread.
        pool: for tests; by default one thread of its own.
    """

    def __init__(
        self, reactor: CredentialsReactor, resolve: Callable[[], Any] = _resolve, pool: Pool | None = None
    ) -> None:
        self._reactor = reactor
        self._resolve = resolve
        self._pool: Pool = pool or ThreadPool(minthreads=0, maxthreads=1, name="alie-aws")
        self._source: Any = None
        self._keys: Keys | None = None
        self._waiting: list[Deferred[Keys]] = []
        self._is_asking = False
        self._is_started = False
        self._stopping: Deferred[None] | None = None
        self.problem: str | None = None
        """Why there are none, in a sentence; None while that is not known."""

    def start(self) -> None:
        """Begins to ask, so that the first stream need not wait."""
        self._is_started = True
        self._pool.start()
        self._ask()

    def get(self) -> Deferred[Keys]:
        """Fires with keys: at once while the last ones are good, else when the chain has answered.

        Fails with:
            StreamFailed: CREDENTIALS; there are none, or the chain failed, or `stop` was called.
        """
        if self._stopping is not None or not self._is_started:
            return fail(StreamFailed(Fault.CREDENTIALS, "stopped"))
        if self._keys is not None and not self._must_refresh(_MUST_REFRESH_S):
            if self._must_refresh(None):
                self._ask()
            return succeed(self._keys)
        waiting: Deferred[Keys] = Deferred()
        self._waiting.append(waiting)
        self._ask()
        return waiting

    def renew(self, refused: Keys) -> None:
        """The service has refused these: the whole chain is asked again, unless that has been done since."""
        if refused is self._keys:
            self._keys = self._source = None
            if self._stopping is None:
                self._ask()

    def stop(self) -> Deferred[None]:
        """Gives back the thread; fires when that is done. For once only."""
        self._stopping = Deferred()
        stopping = self._stopping
        self._tell(Failure(StreamFailed(Fault.CREDENTIALS, "stopped")))
        self._stop_when_idle()
        return stopping

    def _must_refresh(self, within_s: float | None) -> bool:
        # Only temporary credentials know when they end; the question does no IO.
        refresh_needed = getattr(self._source, "refresh_needed", None)
        return refresh_needed is not None and bool(refresh_needed(within_s))

    def _ask(self) -> None:
        if self._is_asking:
            return
        self._is_asking = True
        source = self._source

        def work() -> tuple[Any, Keys | None]:
            found = source or self._resolve()
            return found, found.get_frozen_credentials() if found is not None else None

        def on_result(is_success: bool, result: Any) -> None:
            self._reactor.callFromThread(self._answered, source, is_success, result)

        self._pool.callInThreadWithCallback(on_result, work)

    def _answered(self, asked: Any, is_success: bool, result: Any) -> None:
        self._is_asking = False
        if self._stopping is not None:
            self._stop_when_idle()
        elif asked is not self._source:
            self._ask()  # refused in the meantime: what came is of the old ones
        elif is_success and result[1] is not None:
            self._source, self._keys = result
            self.problem = None
            self._tell(self._keys)
        else:
            self._give_up(failure_name(result) if not is_success else "")

    def _give_up(self, name: str) -> None:
        self._source = self._keys = None
        self.problem = f"AWS credentials could not be had ({name})" if name else NOT_FOUND
        _log.warn("{problem}", event="engine.credentials", problem=self.problem)
        self._tell(Failure(StreamFailed(Fault.CREDENTIALS, name or "NoCredentials")))

    def _tell(self, answer: Any) -> None:
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(answer)

    def _stop_when_idle(self) -> None:
        # `ThreadPool.stop` joins its thread, which may be waiting for another host.
        if self._stopping is not None and not self._stopping.called and not self._is_asking:
            if self._is_started:
                self._pool.stop()
            self._stopping.callback(None)
