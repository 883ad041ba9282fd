"""Cross-origin requests: the same rule as for the WebSocket, credentials included; a refusal is 403."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from twisted.web.server import Request

from alie.errors import Forbidden
from alie.origins import Origins
from alie.web.proxies import TrustedProxies

METHODS = b"GET, POST, PUT, DELETE, OPTIONS, PATCH"
HEADERS = b"Content-Type, Authorization, X-Requested-With, Accept, Origin, X-Correlation-Id, X-User-Id"
EXPOSED = b"Content-Length, Retry-After, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
MAX_AGE_S = b"86400"


def header(request: Request, name: str) -> str | None:
    """One request header as text; None where it is missing."""
    # Asked for in bytes: twisted would read the value as UTF-8, and fail at what is none.
    value: bytes | None = request.getHeader(name.encode())
    return None if value is None else value.decode("latin-1")


def plain_path(request: Request) -> bytes:
    """The path without escapes, as it leads to a resource (RFC 3986, section 2.4); empty while it is not known."""
    path: bytes | None = request.path
    return unquote_to_bytes(path or b"")


def stated_scheme(request: Request, proxies: TrustedProxies) -> str | None:
    """The scheme that the browser used: known if we see TLS ourselves, or if a trusted proxy states it."""
    if request.isSecure():
        return "https"
    stated = header(request, "x-forwarded-proto")
    if not stated or not proxies.is_trusted(request):
        return None
    scheme = stated.split(",")[0].strip().lower()
    return {"wss": "https", "ws": "http"}.get(scheme, scheme)  # some proxies have the WebSocket's own


def check_origin(request: Request, origins: Origins, proxies: TrustedProxies) -> str | None:
    """The request's Origin, which is allowed; None where there is none.

    Raises:
        Forbidden: it is not allowed.
    """
    request.responseHeaders.addRawHeader(b"Vary", b"Origin")
    origin = header(request, "origin")
    if origin is None:
        return None
    if not origins.allows(origin, header(request, "host"), stated_scheme(request, proxies)):
        raise Forbidden("This origin is not allowed")
    return origin


def share(request: Request, origin: str | None) -> bool:
    """Sets the headers that let `origin` read the answer. Returns whether the request was a preflight, now answered."""
    if origin is None:
        return False
    request.setHeader(b"Access-Control-Allow-Origin", origin.encode("latin-1"))
    request.setHeader(b"Access-Control-Allow-Credentials", b"true")
    request.setHeader(b"Access-Control-Expose-Headers", EXPOSED)
    if request.method != b"OPTIONS" or header(request, "access-control-request-method") is None:
        return False
    request.setHeader(b"Access-Control-Allow-Methods", METHODS)
    request.setHeader(b"Access-Control-Allow-Headers", HEADERS)
    request.setHeader(b"Access-Control-Max-Age", MAX_AGE_S)
    request.setResponseCode(204)
    return True
