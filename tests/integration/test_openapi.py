"""The OpenAPI document is true: a daemon in a process of its own answers what schemathesis makes of it as it says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from twisted.internet.defer import ensureDeferred
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.support.daemon import start

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Whether a consultation can be told, and whether sockets need tokens, is more than a schema can say.
BEYOND_SCHEMAS = ("/api/transcribe/process", "/api/auth/ws-token")
# So many requests would be too many.
SERVED = {"FEATURE_FEEDBACK_SERVER_SYNC": "1", "RATE_LIMIT_ENABLED": "0"}
ALWAYS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
# That a body is too large is as good a reason to refuse it as any.
SETTINGS = "[checks.negative_data_rejection]\nexpected-statuses = [400, 401, 403, 404, 413]\n"
OPTIONS = (
    "--seed=1",
    "--max-examples=8",
    "--phases=coverage,fuzzing,stateful",
    "--generation-database=none",
    "--generation-allow-x00=false",  # PostgreSQL knows no U+0000; that it is refused is tested elsewhere
    "--continue-on-failure",
    "--no-shrink",
    "--warnings=off",
    "--no-color",
)


class OpenApiTests(TestCase):
    """Each method of each path, with good data and bad, in the order in which one answer leads to the next request."""

    timeout = 100

    async def assert_true(self, url: str, folder: Path, checks: tuple[str, ...], *options: str) -> None:
        """Has schemathesis find nothing."""
        settings = folder / "schemathesis.toml"
        settings.write_text(SETTINGS)
        command = [
            f"--config-file={settings}",
            "run",
            f"{url}/api/openapi.json",
            *OPTIONS,
            f"--checks={','.join(checks)}",
            *options,
        ]
        out, err, status = await getProcessOutputAndValue(
            str(SCHEMATHESIS), command, env={**os.environ, "HOME": str(folder)}, path=str(folder)
        )
        self.assertEqual(status, 0, (out + err).decode("utf-8", "replace")[-20_000:])
        self.assertIn(b"No issues found", out)

    def test_on_this_machine(self) -> None:
        """No token is owed, and all are one user: what is good is taken, what is bad is refused."""

        async def run() -> None:
            server = start(self, AUTH_REQUIRED="0", **SERVED)
            url = await server.listening
            both = (*ALWAYS, "negative_data_rejection")
            await self.assert_true(url, server.folder, both, *[f"--include-path={path}" for path in BEYOND_SCHEMAS])
            good = (*both, "positive_data_acceptance")
            await self.assert_true(url, server.folder, good, *[f"--exclude-path={path}" for path in BEYOND_SCHEMAS])
            self.assertNotIn("A request failed", server.out)

        return ensureDeferred(run())  # type: ignore[return-value]  # both runners wait for it

    def test_where_a_token_is_owed(self) -> None:
        """And none is presented, or a wrong one: nothing but what is open to everybody is answered."""

        async def run() -> None:
            server = start(self, AUTH_REQUIRED="1", **SERVED)
            url = await server.listening
            await self.assert_true(url, server.folder, (*ALWAYS, "ignored_auth"))
            self.assertNotIn("A request failed", server.out)

        return ensureDeferred(run())  # type: ignore[return-value]  # both runners wait for it
