"""Presigned URLs, held against a signature made from the description alone."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.credentials import ReadOnlyCredentials  # type: ignore[import-untyped]
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.signing import PATH, presign

URL = "wss://transcribestreaming.ca-central-1.amazonaws.com:8443"
PARAMETERS = {"language-code": "fr-CA", "language-options": "fr-CA,en-US", "vocabulary-name": "a b+c/é"}


def signature(host: str, region: str, secret: str, query: list[tuple[str, str]]) -> str:
    """Signature version 4 of a presigned GET, from AWS's description of it and nothing else."""
    fields = dict(query)
    date = fields["X-Amz-Date"]
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query)
    canonical = "\n".join(
        ("GET", PATH, "&".join(f"{name}={value}" for name, value in pairs), f"host:{host}", "", "host")
    )
    canonical += "\n" + hashlib.sha256(b"").hexdigest()
    scope = f"{date[:8]}/{region}/transcribe/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


class Presigning(SynchronousTestCase):
    """The URL that opens a stream."""

    def query(self, url: str = URL, token: str | None = None) -> dict[str, str]:
        path, _, query = presign(
            url, "ca-central-1", ReadOnlyCredentials("AKID", "sekret", token, None), PARAMETERS
        ).partition("?")
        self.assertEqual(path, PATH)
        return dict(parse_qsl(query, strict_parsing=True))

    def test_the_signature_is_right_and_covers_host_and_port(self) -> None:
        for url in (URL, "wss://vpce.example.com:443", "ws://127.0.0.1:80", "ws://[::1]:5000"):
            found = self.query(url, "tok/en+=")
            given = found.pop("X-Amz-Signature")
            self.assertEqual(given, signature(urlsplit(url).netloc, "ca-central-1", "sekret", list(found.items())), url)

    def test_parameters_come_as_they_are(self) -> None:
        self.assertLessEqual(PARAMETERS.items(), self.query().items())

    def test_it_says_who_for_how_long_and_what_is_signed(self) -> None:
        found = self.query()
        self.assertEqual(found["X-Amz-Expires"], "300")
        self.assertEqual(found["X-Amz-SignedHeaders"], "host")
        self.assertEqual(found["X-Amz-Algorithm"], "AWS4-HMAC-SHA256")
        self.assertRegex(found["X-Amz-Credential"], r"^AKID/\d{8}/ca-central-1/transcribe/aws4_request$")
        self.assertNotIn("X-Amz-Security-Token", found)
        self.assertEqual(self.query(token="t")["X-Amz-Security-Token"], "t")


class Imports(SynchronousTestCase):
    """What is loaded when."""

    def test_nothing_of_amazons_is_loaded_before_it_is_used(self) -> None:
        code = (
            "import sys, alie.engines.amazon.engine, alie.engines.amazon.websocket, alie.engines.amazon.configured\n"
            "sys.exit(any(name.split('.')[0] in ('boto3', 'botocore', 'awscrt') for name in sys.modules))"
        )
        self.assertEqual(subprocess.run([sys.executable, "-c", code], check=False).returncode, 0)
