"""One GET against a server's REST side, with the JSON it answers."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.error import ConnectError
from twisted.web.client import Agent, ResponseFailed, readBody
from twisted.web.http_headers import Headers

import alie
from alie.cli.address import Address
from alie.cli.reasons import SessionFailed, unreachable

TIMEOUT_S = 10.0


async def get(reactor: Any, address: Address, path: str) -> tuple[int, dict[str, Any]]:
    """Asks for `path`; the JSON object answered is empty where the answer is none. Raises like `fetch`."""
    status, body = await fetch(reactor, address, path)
    return status, _object(body)


async def fetch(reactor: Any, address: Address, path: str) -> tuple[int, bytes]:
    """Asks for `path` within 10 s; TLS is verified against the platform's trusted certificates.

    Returns:
        The HTTP status, and the body.

    Raises:
        SessionFailed: nobody answers.
    """
    asking = Deferred.fromCoroutine(_get(reactor, address.http_url(path)))
    try:
        return await asking.addTimeout(TIMEOUT_S, reactor)
    except (ConnectError, OSError, ResponseFailed, WaitedTooLong) as error:
        raise SessionFailed(unreachable(error, address)) from None


async def _get(reactor: Any, url: str) -> tuple[int, bytes]:
    agent = Agent(reactor, connectTimeout=TIMEOUT_S)
    headers = Headers({"User-Agent": [f"alie/{alie.__version__}"], "Accept": ["application/json"]})
    response = await agent.request(b"GET", url.encode(), headers)
    return response.code, await readBody(response)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
