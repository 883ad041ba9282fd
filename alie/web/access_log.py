"""The access log: a line for each request that was answered, without what a URL may hold of anybody.

No query, no address, and of a path only those words that the server itself knows: an id, a name or a token that
somebody has put there is a star. Addresses are in the audit log, of what is recorded there, and the proxy has the rest.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from alie.errors import AlieError
from alie.web.cors import header, plain_path
from alie.web.proxies import TrustedProxies

OK, GONE = "ok", "CLIENT_GONE"
STAR = "*"
REQUEST_ID = "X-Request-ID"
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
# Asked every few seconds by those who watch; what they find out is logged by whoever causes it.
_WATCHED = frozenset({"/health", "/healthz", "/readyz", "/metrics"})
_USUAL = frozenset({200, 304, 503})
_GONE = "{method} {path}: {code}, {bytes} bytes, {duration_ms} ms"
_ANSWERED = _GONE.replace("{code}", "{status} {code}")


@dataclass(slots=True)
class Visit:
    """One request on its way.

    Attributes:
        request_id: which the client and the error log are told, too.
        began_s: when its headers were there, on the reactor's clock.
        code: of the error that it is answered with.
        is_told: whether its line is written.
    """

    request_id: str
    began_s: float
    code: str = OK
    is_told: bool = False


class AccessLog:
    """Writes the lines.

    Args:
        clock: the reactor.
        proxies: whose request ids are taken over.
        words: of which paths are made.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, proxies: TrustedProxies, words: Iterable[str]) -> None:
        self._clock = clock
        self._proxies = proxies
        self._words = frozenset(words)

    def begin(self, request: Any) -> Visit:
        """A request's headers are there. It gets an id, or keeps the one that a trusted proxy gave it."""
        given = header(request, REQUEST_ID) or ""
        is_given = _ID.fullmatch(given) is not None and self._proxies.is_trusted(request)
        visit = Visit(given if is_given else uuid.uuid4().hex, self._clock.seconds())
        request.responseHeaders.setRawHeaders(REQUEST_ID, [visit.request_id])
        return visit

    def answered(self, request: Any, visit: Visit) -> None:
        """The answer is written."""
        self._tell(request, visit, request.code, request.sentLength)

    def gone(self, request: Any, visit: Visit) -> None:
        """The client has gone before the answer was complete; nothing, where it was."""
        if not visit.is_told:
            visit.code = GONE
            self._tell(request, visit, None, request.sentLength)

    def refused(self, request: Any, visit: Visit | None, error: AlieError, sent: int) -> None:
        """A request was answered before it was complete; `visit` is None where nothing of it was known yet."""
        if visit is None:
            request, visit = None, Visit(uuid.uuid4().hex, self._clock.seconds())
        visit.code = error.rest_code
        self._tell(request, visit, error.http_status, sent)

    def _tell(self, request: Any, visit: Visit, status: int | None, sent: int) -> None:
        visit.is_told = True
        path = STAR if request is None else self.path(plain_path(request).decode("latin-1")) or STAR
        is_known = request is not None and request.method in _METHODS
        # Of what is no request that can be read, scanners send any amount.
        is_noise = request is None or (path in _WATCHED and status in _USUAL)
        (self._log.debug if is_noise else self._log.info)(
            _ANSWERED if status is not None else _GONE,
            event="request",
            request_id=visit.request_id,
            method=request.method.decode() if is_known else STAR,
            path=path,
            status=status,
            code=visit.code,
            bytes=sent,
            duration_ms=round((self._clock.seconds() - visit.began_s) * 1000, 1),
        )

    def path(self, path: str) -> str:
        """A path in which everything is a star that is no word of ours; many in a row are one."""
        known = [segment if segment in self._words or not segment else STAR for segment in path.split("/")]
        return re.sub(r"(?:\*/+)+\*", STAR, "/".join(known))


def words_of(resource: Any) -> set[str]:
    """All words of the paths below a resource: names of children, and the `words` that it says are its own."""
    found = set(getattr(resource, "words", ()))
    for name, child in resource.children.items():
        found |= {name.decode()} | words_of(child)
    return found


def words_in(paths: Iterable[str]) -> set[str]:
    """The words of paths, without placeholders."""
    return {segment for path in paths for segment in path.split("/") if "{" not in segment}
