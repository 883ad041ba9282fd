"""Presigned URLs for StartStreamTranscription over WebSocket.

Source: docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html and botocore's `SigV4QueryAuth`, which
does the signing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

PATH = "/stream-transcription-websocket"
EXPIRES_S = 300
"""For how long the URL may be used, to open a stream; the service takes no more."""

_SERVICE = "transcribe"


def presign(url: str, region: str, keys: Any, parameters: Mapping[str, str]) -> str:
    """The path and query to ask for, signed now.

    Args:
        url: scheme, host and port, such as "wss://transcribestreaming.ca-central-1.amazonaws.com:8443"; host and
            port are signed as they stand there, so they must be what the Host header says.
        region: that the host is of.
        keys: frozen credentials of botocore: `access_key`, `secret_key` and `token`, which may be None.
        parameters: of StartStreamTranscription, by query name.
    """
    # Imported here: botocore takes a third of a second, and is not needed where Amazon is not used.
    from botocore.auth import SigV4QueryAuth  # type: ignore[import-untyped]
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]

    request = AWSRequest(method="GET", url=url + PATH, params=dict(parameters))
    SigV4QueryAuth(keys, _SERVICE, region, expires=EXPIRES_S).add_auth(request)
    return f"{PATH}?{urlsplit(request.url).query}"


# The canonical request, session token and all, is a debug message of botocore's.
logging.getLogger("botocore.auth").setLevel(logging.INFO)
