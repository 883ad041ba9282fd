"""Bodies of REST requests: each is read, or is an AlieError that is the client's and can be told."""

from __future__ import annotations

import json
from typing import Any

from alie import config
from alie.ambient.order import carry_out
from alie.errors import AlieError
from alie.web.api.stored import store_routes
from alie.web.checking import read_body
from tests.ambient.payloads import amazons, ours

_TALK = (("spk_0", "Hello"), ("spk_0", "."), ("spk_1", "Hi"))
_ORDER = {"sessionId": "s", "modeId": "ambient", "language": "fr", "section": "section_8"}
_UNUSED: Any = None
SCHEMAS = [route.body for route in store_routes(config.read({}), _UNUSED, _UNUSED) if route.body is not None]
AMBIENT = len(SCHEMAS)
SEEDS = (
    *(bytes((index,)) + b'{"a":1}' for index in range(AMBIENT)),
    *(
        bytes((AMBIENT,)) + json.dumps({**_ORDER, "rawAwsJson": raw}).encode()
        for raw in (ours(*_TALK), amazons(*_TALK))
    ),
)
WORDS = (
    b"null",
    b"1e999",
    b"[]",
    b"{}",
    b"true",
    b'""',
    b'"\\u0000"',
    b'"\\ud800"',
    b'"data":',
    b'"start_time":',
    b'"items":',
)


def one(data: bytes) -> None:
    """The first byte says which body it is."""
    if not data:
        return
    which, payload = data[0] % (AMBIENT + 1), data[1:]
    try:
        if which == AMBIENT:
            json.dumps(carry_out(payload).answer, ensure_ascii=False, allow_nan=False).encode()
        else:
            read_body(payload, SCHEMAS[which])
    except AlieError as error:
        refusal = error
    else:
        return
    json.dumps(refusal.details, ensure_ascii=False).encode()
    assert refusal.http_status in (400, 422), refusal
