"""Keeps the certificate that is served up to date: a renewed one is taken up while sessions go on."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from alie.reloading import ReloadError
from alie.tls.certificate import Certificate, CertificateError, day, load
from alie.tls_settings import TlsSettings

LOOK_S = 30
"""Between two looks at the files: a `stat` each."""

SOON = timedelta(days=14)
"""Before the end, from when on a certificate that nobody has renewed is remarked upon; but not before a third of its
life is left, which is when certbot renews."""

FRESH_S = 43_200
"""After which the context is made anew, and with it the key of the tickets: who learns it can read the TLS 1.2 of half
a day at most."""

Files = tuple[tuple[int, ...] | None, ...]


class Certificates:
    """The certificate that is served now. New connections begin with `context`; those that are there keep theirs.

    Cert and key are replaced one after the other, so that what does not fit together may do so at the next look:
    it is logged when it is found twice, and once.

    Args:
        clock: the reactor.
        settings: where the files are.
        now: the time of day, in seconds since 1970.
        public_host: host name by which clients come; empty: not known.

    Raises:
        CertificateError: there is none that could be served. One that has expired is: it is a problem (`problems`), but
            no reason to stop what does not need it.
    """

    _log = Logger()

    def __init__(
        self, clock: IReactorTime, settings: TlsSettings, now: Callable[[], float], public_host: str = ""
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._now = now
        self._public_host = public_host
        self._seen = self._look_at_files()
        self._trouble: CertificateError | None = None
        self._times_found = 0
        self._loop = LoopingCall(self.look)
        self._loop.clock = clock
        self._serve(load(settings, public_host))

    @property
    def context(self) -> ssl.SSLContext:
        """For a new connection."""
        return self.served.context

    @property
    def is_refusing(self) -> bool:
        """Whether there are files that are not served, since something is wrong with them."""
        return self._trouble is not None

    def start(self) -> None:
        """Begins to look at the files."""
        for remark in self.served.remarks:
            self._log.warn("{remark}", event="tls.remark", remark=remark)
        self._loop.start(LOOK_S, now=False)

    def stop(self) -> Deferred[None]:
        """Ends it."""
        if self._loop.running:
            self._loop.stop()
        return succeed(None)

    def look(self) -> None:
        """Takes up what has changed."""
        is_stale = self._clock.seconds() - self._served_at >= FRESH_S
        if is_stale or self._trouble is not None or self._look_at_files() != self._seen:
            self._take_up()
            if self._trouble is not None and self._times_found == 2:
                self._tell(self._trouble)

    def reload(self) -> None:
        """Reads the files now, since the operator says so.

        Raises:
            ReloadError: what they hold cannot be served; what was served before still is.
        """
        self._take_up()
        if self._trouble is not None:
            self._times_found = 2  # whoever asked is told now, and not once more
            raise ReloadError(f"{self._trouble.code}: {self._trouble}")

    def problems(self) -> list[str]:
        """Why nobody who looks at certificates would come in, in sentences."""
        try:
            self.served.check(self._time())
        except CertificateError as error:
            return [str(error)]
        return []

    def notes(self) -> list[str]:
        """What the operator should know, in sentences."""
        found = list(self.served.remarks)
        left = self.served.not_after - self._time()
        if timedelta(0) < left < min(SOON, (self.served.not_after - self.served.not_before) / 3):
            found.append(f"The TLS certificate expires in {left.days} days, on {day(self.served.not_after)}")
        if self._trouble is not None:
            found.append(f"A new TLS certificate is not served ({self._trouble.code}): {self._trouble}")
        return found

    def _take_up(self) -> None:
        before = self._look_at_files()
        try:
            found = load(self._settings, self._public_host)
            if found.digest != self.served.digest:
                found.check(self._time())
        except CertificateError as error:
            is_known = self._trouble is not None and self._trouble.code == error.code
            self._times_found = self._times_found + 1 if is_known else 1
            self._trouble = error
            return
        if self._look_at_files() != before:
            return  # it is being written: the next look has all of it
        self._seen, self._trouble = before, None
        is_new = found.digest != self.served.digest
        self._serve(found)
        if is_new:
            self._log.info(
                "TLS_CERTIFICATE_RENEWED: new connections get the certificate of {names}, valid until {until}",
                event="tls.renewed",
                names=", ".join(found.names),
                until=day(found.not_after),
            )
            for remark in found.remarks:
                self._log.warn("{remark}", event="tls.remark", remark=remark)

    def _serve(self, certificate: Certificate) -> None:
        self.served = certificate
        """What is served."""
        self._served_at = self._clock.seconds()

    def _tell(self, trouble: CertificateError) -> None:
        self._log.error(
            "{code}: {trouble}. The certificate before is served, until {until}; looking again every {seconds} s",
            event="tls.refused",
            code=trouble.code,
            trouble=str(trouble),
            until=day(self.served.not_after),
            seconds=LOOK_S,
        )

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def _look_at_files(self) -> Files:
        return tuple(map(_identity, self._settings.files))


def _identity(path: str) -> tuple[int, ...] | None:
    """Tells one content from the next; links are followed, as certbot's are what it moves. None: it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
