"""Tests of alie.ways_in: what the operator is told of the ways to prove who speaks."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.access_settings import AccessSettings
from alie.ways_in import ways_in


class WaysInTests(SynchronousTestCase):
    """Every way is named, with what opens it."""

    def test_nothing_owed(self) -> None:
        """Said plainly."""
        self.assertIn("Anyone may dictate", ways_in(AccessSettings()))

    def test_shut(self) -> None:
        """By default two ways are, and the names that open them are told."""
        told = ways_in(AccessSettings(is_token_owed=True))
        for name in ("first message", "ticket", "?ws_token=", "ALIE_WS_TOKEN_IN_URL=1", "ALIE_WS_ORIGIN_TRUST=1"):
            self.assertIn(name, told)

    def test_open(self) -> None:
        """No setting is named that is on already; no secret is."""
        told = ways_in(
            AccessSettings(True, takes_token_in_url=True, trusts_origin=True, signing_secret="s3cret", anon_key="a-key")
        )
        self.assertNotIn("ALIE_", told)
        self.assertNotIn("s3cret", told)
