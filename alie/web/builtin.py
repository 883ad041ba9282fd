"""The built-in page and its modules, read into memory once: nothing touches the disk while the daemon serves."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from twisted.web.http import CACHED, NOT_MODIFIED
from twisted.web.server import Request

from alie.web.answers import JsonResource, Missing
from alie.web.headers import page_policy

INDEX = "index.html"
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".ts": b"text/plain; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".webmanifest": b"application/manifest+json",
}


class PageFile(JsonResource):
    """One file of the page.

    Args:
        content: its bytes.
        media_type: its Content-Type.
        policy: its Content-Security-Policy; None: that of every answer.
    """

    def __init__(self, content: bytes, media_type: bytes, policy: bytes | None = None) -> None:
        super().__init__()
        self._content = content
        self._media_type = media_type
        self._policy = policy
        self._tag = b'"' + hashlib.sha256(content).hexdigest()[:32].encode() + b'"'

    def render_GET(self, request: Request) -> bytes | int:
        """The file, or 304."""
        request.setHeader(b"Content-Type", self._media_type)
        request.setHeader(b"Cache-Control", b"no-cache")
        if self._policy is not None:
            request.setHeader(b"Content-Security-Policy", self._policy)
        if request.setETag(self._tag) is CACHED:
            request.setResponseCode(NOT_MODIFIED)
            return b""
        request.setHeader(b"Content-Length", b"%d" % len(self._content))
        return b"" if request.method == b"HEAD" else self._content


def page_files(sign_in_url: str = "") -> dict[str, PageFile]:
    """Every file of the page by its name, `index.html` among them.

    Args:
        sign_in_url: where its users sign in; empty: nowhere but here.
    """
    found = {}
    policy = page_policy(sign_in_url)
    for entry in files("alie.web").joinpath("page").iterdir():
        suffix = "." + entry.name.rpartition(".")[2]
        if entry.is_file() and suffix in _TYPES:
            own_policy = policy if suffix == ".html" else None
            found[entry.name] = PageFile(entry.read_bytes(), _TYPES[suffix], own_policy)
    return found


class PageFolder(Missing):
    """`/page`: nothing itself, but has what index.html refers to."""

    def __init__(self, pages: dict[str, PageFile]) -> None:
        super().__init__()
        for name, page in pages.items():
            if name != INDEX:
                self.putChild(name.encode(), page)
