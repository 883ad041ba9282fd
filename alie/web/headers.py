"""The security headers of every answer. Pages of the contract get the same set as before, with stricter policies (OWASP
ASVS 5.0, 3.4)."""

from __future__ import annotations

from twisted.web.http_headers import Headers

JSON_POLICY = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {connect}; "
    "media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HSTS = b"max-age=31536000; includeSubDomains"
_ALWAYS = (
    (b"Content-Security-Policy", JSON_POLICY),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    (b"Origin-Agent-Cluster", b"?1"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Server", b"Alie"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-DNS-Prefetch-Control", b"off"),
    (b"X-Download-Options", b"noopen"),
    (b"X-Frame-Options", b"SAMEORIGIN"),
    (b"X-Permitted-Cross-Domain-Policies", b"none"),
    (b"X-XSS-Protection", b"0"),
)


def page_policy(sign_in_url: str) -> bytes:
    """What the built-in page may do: talk to us, and to where its users sign in, if there is such a place."""
    return _PAGE_POLICY.format(connect=f"'self' {sign_in_url}".rstrip()).encode()


def secure(headers: Headers, *, is_https: bool) -> None:
    """Sets the headers that every answer carries.

    Args:
        headers: of the answer.
        is_https: whether the client came by https, as far as it is known: only then may it be told to do so for a year
            (RFC 6797, section 7.2).
    """
    for name, value in _ALWAYS:
        headers.setRawHeaders(name, [value])
    if is_https:
        headers.setRawHeaders(b"Strict-Transport-Security", [_HSTS])
