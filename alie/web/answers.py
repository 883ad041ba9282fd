"""JSON answers: one body for every error, ETags, HEAD and Allow, for all REST resources."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from twisted.web.http import CACHED, NOT_MODIFIED
from twisted.web.resource import Resource
from twisted.web.server import Request

from alie.errors import AlieError, AuthRequired, MethodNotAllowed, MissingAuthHeader, NotFound

JSON_TYPE = b"application/json; charset=utf-8"


def error_body(error: AlieError) -> dict[str, Any]:
    """The body that every error has on REST."""
    body: dict[str, Any] = {
        "success": False,
        "error": error.rest_error or error.sentence,
        "message": error.sentence,
        "code": error.rest_code,
    }
    return body if error.details is None else {**body, "details": error.details}


def encode(body: dict[str, Any]) -> bytes:
    """A JSON body in UTF-8."""
    return orjson.dumps(body)


def answer(request: Request, body: dict[str, Any], status: int = 200, *, has_tag: bool = True) -> bytes:
    """Sets status and headers of a JSON answer and gives its body; empty if the client has the same already.

    Args:
        request: what is answered.
        body: JSON.
        status: of the answer.
        has_tag: whether clients may keep it and ask if it is still the same (ETag).
    """
    payload = encode(body)
    request.setResponseCode(status)
    request.setHeader(b"Content-Type", JSON_TYPE)
    if has_tag and status == 200 and request.method in (b"GET", b"HEAD"):
        tag = b'W/"' + hashlib.sha256(payload).hexdigest()[:27].encode() + b'"'
        if request.setETag(tag) is CACHED:
            request.setResponseCode(NOT_MODIFIED)
            return b""
    request.setHeader(b"Content-Length", b"%d" % len(payload))
    return b"" if request.method == b"HEAD" else payload


def refuse(request: Request, error: AlieError) -> bytes:
    """The answer that an error has."""
    visit = getattr(request, "visit", None)
    if visit is not None:
        visit.code = error.rest_code
    if error.retry_after_s is not None:
        request.setHeader(b"Retry-After", b"%d" % error.retry_after_s)
    if error.http_status == 401:
        request.setHeader(b"WWW-Authenticate", _challenge(error))
    return answer(request, error_body(error), error.http_status)


def _challenge(error: AlieError) -> bytes:
    """RFC 6750, section 3: without a word of error for whoever has shown no token."""
    return b"Bearer" if isinstance(error, AuthRequired | MissingAuthHeader) else b'Bearer error="invalid_token"'


class JsonResource(Resource):
    """A resource whose `render_X` may raise an AlieError. Unknown children are 404, unknown methods 405."""

    def getChild(self, path: bytes, request: Request) -> Resource:
        """A trailing slash is the resource itself; anything else is not found."""
        return self if path == b"" and not request.postpath else Missing()

    def render(self, request: Request) -> bytes | int:
        """Renders by method; OPTIONS tells which there are."""
        if request.method == b"OPTIONS":
            request.setHeader(b"Allow", self._allowed().encode())
            request.setResponseCode(204)
            return b""
        method = b"GET" if request.method == b"HEAD" else request.method
        render = getattr(self, f"render_{method.decode('ascii', 'replace')}", None)
        try:
            if render is None or not method.isalpha():
                request.setHeader(b"Allow", self._allowed().encode())
                raise MethodNotAllowed
            rendered: bytes | int = render(request)
        except AlieError as error:
            return refuse(request, error)
        return rendered

    render_HEAD = None  # type: ignore[assignment]  # twisted's own would call render_GET behind our back

    def _allowed(self) -> str:
        methods = {name.removeprefix("render_") for name in dir(self) if name.startswith("render_")}
        known = {name for name in methods if getattr(self, f"render_{name}") is not None}
        return ", ".join(sorted(known | ({"HEAD"} if "GET" in known else set()) | {"OPTIONS"}))


class Missing(JsonResource):
    """Nothing is here, whatever the method; there may be children."""

    def render(self, request: Request) -> bytes:
        """Always 404."""
        return refuse(request, NotFound())

    def getChild(self, path: bytes, request: Request) -> Resource:
        """Nothing else is below it."""
        return Missing()
