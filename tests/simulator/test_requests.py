"""Signed requests: botocore signs them, the simulator verifies them."""

from __future__ import annotations

import time

from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.requests import SIGNED_CHUNKS, Seal, parameters_of, verify_request
from alie.simulator.signing import NotAuthentic
from tests.simulator.http2_client import HOST, signed_headers
from tests.simulator.scripted_service import SECRET, TOKEN, ScriptedService


class RequestTest(SynchronousTestCase):
    """What is let in, and what is not."""

    def setUp(self) -> None:
        self.service = ScriptedService()

    def verify(self, headers: dict[str, str], late_s: float = 0) -> Seal:
        return verify_request(headers, self.service.secret_of, time.time() + late_s)

    def assertRefused(self, headers: dict[str, str], exception_type: str, reason: str = "", late_s: float = 0) -> None:
        error = self.assertRaises(NotAuthentic, self.verify, headers, late_s)
        self.assertEqual(error.exception_type, exception_type)
        self.assertIn(reason, str(error))

    def test_good(self) -> None:
        """The seal is what chunks are chained to."""
        headers = signed_headers()
        signature = headers["authorization"].rpartition("=")[2]
        self.assertEqual(self.verify(headers), Seal(SECRET, "ca-central-1", signature))

    def test_session_token(self) -> None:
        """Keys that were lent come with a token, which must be the right one."""
        self.service.tokens = dict.fromkeys(self.service.tokens, TOKEN)
        self.verify(signed_headers(token=TOKEN))
        self.assertRefused(signed_headers(token="another"), "UnrecognizedClientException")
        self.assertRefused(signed_headers(), "UnrecognizedClientException")

    def test_signed_chunks(self) -> None:
        """The one content hash there is, and blanks that are not signed as they are sent."""
        self.verify(signed_headers(x_amz_content_sha256=SIGNED_CHUNKS, x_amzn_note="  two   blanks "))
        self.assertRefused(signed_headers(x_amz_content_sha256="UNSIGNED-PAYLOAD"), "InvalidSignatureException")

    def test_host_or_authority(self) -> None:
        """Some clients send and sign the host by its old name."""
        headers = {**signed_headers(), "host": HOST}
        self.verify(headers)
        self.assertRefused({**headers, "host": "elsewhere"}, "InvalidSignatureException")
        self.assertRefused({**signed_headers(), ":authority": "elsewhere"}, "InvalidSignatureException")

    def test_changed(self) -> None:
        """Whatever is signed must be as it was."""
        good = signed_headers()
        for name in ("x-amzn-transcribe-language-code", ":method"):
            self.assertRefused({**good, name: "other"}, "InvalidSignatureException", "does not match")
        self.assertRefused({**good, "authorization": good["authorization"][:-1] + "x"}, "IncompleteSignatureException")
        lacking = {name: value for name, value in good.items() if name != "x-amzn-transcribe-language-code"}
        self.assertRefused(lacking, "InvalidSignatureException", "does not match")

    def test_unsigned_headers(self) -> None:
        """Host and all of Amazon's own must be signed."""
        self.assertRefused({**signed_headers(), "x-amz-target": "x"}, "InvalidSignatureException", "must be signed")
        headers = signed_headers()
        headers["authorization"] = headers["authorization"].replace("=host;", "=")
        self.assertRefused(headers, "InvalidSignatureException", "must be signed")

    def test_age(self) -> None:
        """Five minutes, either way."""
        self.verify(signed_headers(), late_s=295)
        self.verify(signed_headers(), late_s=-295)
        self.assertRefused(signed_headers(), "InvalidSignatureException", "Signature expired", late_s=305)
        self.assertRefused(signed_headers(), "InvalidSignatureException", "Signature not yet current", late_s=-305)

    def test_scope(self) -> None:
        """Date and service of the credential scope."""
        headers = signed_headers()
        day = headers["x-amz-date"][:8]
        for old, new in (("/transcribe/", "/s3/"), (f"/{day}/", "/20200101/")):
            changed = {**headers, "authorization": headers["authorization"].replace(old, new)}
            self.assertRefused(changed, "InvalidSignatureException", "scope")

    def test_incomplete(self) -> None:
        """Nothing there, or nothing that can be read."""
        headers = signed_headers()
        self.assertRefused({**headers, "x-amz-date": "today"}, "IncompleteSignatureException")
        self.assertRefused({**headers, "authorization": "Bearer x"}, "IncompleteSignatureException")
        del headers["authorization"]
        self.assertRefused(headers, "MissingAuthenticationTokenException")

    def test_no_secret_in_refusals(self) -> None:
        """What a client is told can be logged."""
        error = self.assertRaises(NotAuthentic, self.verify, signed_headers(secret="another"))
        self.assertNotIn(SECRET, str(error))

    def test_parameters(self) -> None:
        """By query name; and true is true, however a client writes it."""
        headers = {"x-amzn-transcribe-sample-rate": "8000", "x-amzn-transcribe-show-speaker-label": "True", "te": "x"}
        self.assertEqual(parameters_of(headers), {"sample-rate": "8000", "show-speaker-label": "true"})
