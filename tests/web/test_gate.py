"""Tests of alie.web.gate: who asks, by kind of route."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.web.gate import bearer_of
from alie.web.routing import OPEN, OWED, OWN, PERSONAL, Call, Reply, Route
from tests.web.api_case import ApiCase


async def whose(call: Call) -> Reply:
    """Tells who asks."""
    return Reply({"who": call.caller.principal.way if call.caller else None})


class GateTests(ApiCase):
    """A route of each kind."""

    def start(self, *, is_token_owed: bool) -> None:
        """With authentication on or off."""
        kinds = (OPEN, OWED, PERSONAL, OWN)
        self.build(*(Route("GET", f"/api/{kind}", whose, "", kind) for kind in kinds), is_token_owed=is_token_owed)

    def answers(self, who: str | None, headers: dict[str, str] | None = None, peer: str = "127.0.0.1") -> list[object]:
        """Who was seen, or why not, for each kind."""
        found = []
        for kind in (OPEN, OWED, PERSONAL, OWN):
            body = self.ask(f"/api/{kind}", who=who, headers=headers, peer=peer).json()
            found.append(body.get("who", body.get("code")))
        return found

    def test_tokens_are_owed(self) -> None:
        """Everywhere but where it is open."""
        self.start(is_token_owed=True)
        self.assertEqual(self.answers("ada"), ["key", "key", "key", None])
        self.assertEqual(self.answers(None), [None, "MISSING_TOKEN", "MISSING_TOKEN", None])
        self.assertEqual(self.answers("eve"), [None, "INVALID_TOKEN", "INVALID_TOKEN", None])

    def test_none_is_owed(self) -> None:
        """On this machine all are one user; a wrong token is still wrong for what is personal."""
        self.start(is_token_owed=False)
        self.assertEqual(self.answers("ada"), ["key", "key", "key", None])
        self.assertEqual(self.answers(None), [None, "local", "local", None])
        self.assertEqual(self.answers("eve"), [None, "local", "INVALID_TOKEN", None])

    def test_from_elsewhere(self) -> None:
        """Through a proxy, over the network, or by a name that somebody has pointed at us: nobody's."""
        self.start(is_token_owed=False)
        nobody = [None, None, "MISSING_TOKEN", None]
        self.assertEqual(self.answers(None, peer="10.0.0.7"), nobody)
        self.assertEqual(self.answers(None, {"X-Forwarded-For": "127.0.0.1"}), nobody)
        self.assertEqual(self.answers(None, {"X-Real-IP": "127.0.0.1"}), nobody)

    def test_challenge(self) -> None:
        """As RFC 6750 asks."""
        self.start(is_token_owed=True)
        self.assertEqual(self.ask("/api/owed", who=None).header("WWW-Authenticate"), "Bearer")
        self.assertEqual(self.ask("/api/owed", who="eve").header("WWW-Authenticate"), 'Bearer error="invalid_token"')


class BearerTests(SynchronousTestCase):
    """The Authorization header."""

    def test_tokens(self) -> None:
        """The scheme in any case; other schemes have none."""
        for text in ("Bearer x.y", "bearer x.y", "BEARER  x.y "):
            self.assertEqual(bearer_of(text), "x.y")
        for other in (None, "", "Bearer", "Bearer ", "Basic x.y", "x.y", "Bearerx.y"):
            self.assertIsNone(bearer_of(other))
