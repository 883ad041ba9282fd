"""Proofs of who speaks: whatever a stranger shows, and even whatever is rightly signed, is somebody or an AlieError."""

from __future__ import annotations

import hmac
import json

from alie.auth.tickets import COOKIE, SignedTickets
from alie.auth.ws_tokens import WsTokenBook
from alie.errors import AlieError
from alie.tokens import verify
from tests.auth.test_tickets import NOW as TODAY
from tests.auth.test_tickets import SECRET
from tests.tokens_forge import ISSUER, NOW, b64, claims, forge
from tests.tokens_forge import SECRET as LEGACY

FORGE = forge()
TICKETS = SignedTickets(SECRET, lambda: TODAY)
BOOK = WsTokenBook(SECRET, lambda: TODAY, 3)
TOKEN, CLAIMS, HEAD, COOKIES, ONE_SOCKET = range(5)
_HEADER = b'{"alg":"HS256","typ":"JWT"}'
_GOOD = json.dumps(claims()).encode()
SEEDS = (
    bytes((TOKEN,)) + FORGE.hmac(LEGACY.encode()).encode(),
    bytes((CLAIMS,)) + _GOOD,
    bytes((CLAIMS,)) + json.dumps(claims(exp="1", aud=["authenticated"], app_metadata=None)).encode(),
    bytes((HEAD,)) + _HEADER,
    bytes((COOKIES,)) + f"a=b; {COOKIE}=x.y.z; {COOKIE}=".encode(),
    bytes((ONE_SOCKET,)) + b"a.b.c",
)
WORDS = (
    *(f'"{name}":'.encode() for name in claims()),
    b'"alg":', b'"kid":', b'"none"', b'"\\ud800"', b"null", b"1e999", b"[]", b"{}", b"true", b".", b"=", b"; ",
    f"{COOKIE}=".encode(),
)  # fmt: skip


def signed(header: bytes, payload: bytes) -> str:
    """A token with a signature of the project's legacy secret, whatever is in it."""
    said = f"{b64(header)}.{b64(payload)}"
    return f"{said}.{b64(hmac.digest(LEGACY.encode(), said.encode(), 'sha256'))}"


def one(data: bytes) -> None:
    """The first byte says what is shown, and as what."""
    if not data:
        return
    kind, shown = data[0] % 5, data[1:]
    text = shown.decode("latin-1")
    try:
        if kind == COOKIES:
            TICKETS.redeem(text)
        elif kind == ONE_SOCKET:
            BOOK.redeem(text)
        else:
            token = {TOKEN: text, CLAIMS: signed(_HEADER, shown), HEAD: signed(shown, _GOOD)}[kind]
            found = verify(token, FORGE.keys, NOW, issuer=ISSUER)
            assert found.user_id
            assert kind != TOKEN or token.count(".") == 2
    except AlieError:
        pass
