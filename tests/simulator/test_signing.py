"""Tests of alie.simulator.signing, with botocore as the signer."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.signing import NotAuthentic, verify_query

KEY_ID, SECRET, TOKEN = "AKIAEXAMPLE", "secret/+=", "token/+= é"
PARAMETERS = {"language-code": "fr-CA", "session-id": "é ~*+/=&%", "sample-rate": "16000", "empty": ""}


class PresignedCase(SynchronousTestCase):
    """A presigned URL, and what is made of it."""

    def presign(
        self, token: str | None = None, expires_s: int = 300, service: str = "transcribe", region: str = "ca-central-1"
    ) -> str:
        request = AWSRequest("GET", f"https://localhost:8443/stream?{urlencode(PARAMETERS)}")
        SigV4QueryAuth(Credentials(KEY_ID, SECRET, token), service, region, expires=expires_s).add_auth(request)
        return str(request.url)

    def verify(
        self, url: str, host: str = "localhost:8443", later_s: float = 0.0, token: str | None = None
    ) -> Mapping[str, str]:
        parts = urlsplit(url)
        known: dict[str, Any] = {KEY_ID: (SECRET, token)}
        return verify_query(
            parts.path, parts.query, host, region="ca-central-1", now_s=time.time() + later_s, secret_of=known.get
        )

    def assert_refused(self, exception_type: str, url: str, **how: Any) -> None:
        with self.assertRaises(NotAuthentic) as caught:
            self.verify(url, **how)
        self.assertEqual(caught.exception.exception_type, exception_type)
        self.assertNotIn(SECRET, str(caught.exception))


class GoodTests(PresignedCase):
    """What botocore signs."""

    def test_parameters(self) -> None:
        """All that are not about the signature, decoded."""
        self.assertEqual(self.verify(self.presign()), PARAMETERS)

    def test_session_token(self) -> None:
        """One with characters that must be encoded."""
        self.assertEqual(self.verify(self.presign(token=TOKEN), token=TOKEN), PARAMETERS)

    def test_order_of_the_query(self) -> None:
        """Is of no matter."""
        head, _, query = self.presign().partition("?")
        self.assertEqual(self.verify(f"{head}?{'&'.join(reversed(query.split('&')))}"), PARAMETERS)

    def test_a_clock_that_is_wrong(self) -> None:
        """By less than five minutes."""
        for later_s in (-290, 290):
            self.assertEqual(self.verify(self.presign(), later_s=later_s), PARAMETERS)


class BadTests(PresignedCase):
    """Each is wrong in one respect."""

    def test_anything_signed_that_was_changed(self) -> None:
        """Host and port, path, parameters, signature."""
        url = self.presign()
        self.assert_refused("InvalidSignatureException", url, host="localhost")
        self.assert_refused("InvalidSignatureException", url.replace("/stream?", "/streams?"))
        self.assert_refused("InvalidSignatureException", url.replace("16000", "8000"))
        self.assert_refused("InvalidSignatureException", f"{url}&vocabulary-name=mine")
        self.assert_refused("InvalidSignatureException", f"{url}&sample-rate=16000")
        self.assert_refused("InvalidSignatureException", url[:-1] + ("0" if url[-1] != "0" else "1"))

    def test_scope(self) -> None:
        """Another service, another region."""
        self.assert_refused("InvalidSignatureException", self.presign(service="polly"))
        self.assert_refused("InvalidSignatureException", self.presign(region="us-east-1"))

    def test_time(self) -> None:
        """Too old, expired, from the future, or good for too long."""
        self.assert_refused("InvalidSignatureException", self.presign(), later_s=310)
        self.assert_refused("InvalidSignatureException", self.presign(expires_s=10), later_s=20)
        self.assert_refused("InvalidSignatureException", self.presign(), later_s=-310)
        self.assert_refused("InvalidSignatureException", self.presign(expires_s=301))
        self.assert_refused("IncompleteSignatureException", re.sub(r"T\d{6}Z", "T999999Z", self.presign()))

    def test_missing(self) -> None:
        """What every signature has."""
        head, _, query = self.presign().partition("?")
        for part in query.split("&"):
            if part.startswith("X-Amz-"):
                rest = "&".join(other for other in query.split("&") if other != part)
                self.assert_refused("IncompleteSignatureException", f"{head}?{rest}")

    def test_tokens(self) -> None:
        """None where one is due, one where none is, and the wrong one."""
        self.assert_refused("UnrecognizedClientException", self.presign(), token=TOKEN)
        self.assert_refused("UnrecognizedClientException", self.presign(token=TOKEN))
        self.assert_refused("UnrecognizedClientException", self.presign(token="other"), token=TOKEN)

    def test_unknown_key(self) -> None:
        """Nobody has heard of it."""
        self.assert_refused("UnrecognizedClientException", self.presign().replace(KEY_ID, "AKIANOBODY"))
