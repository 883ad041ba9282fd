"""Tests of alie.cli.doctor.settings: settings for themselves, together, and those of the daemon that runs."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

import alie
from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import Place, place
from alie.cli.doctor.settings import look, running
from alie.config import Config

READY = {"ready": True, "pid": 7, "version": alie.__version__, "notes": [], "reasons": []}


def states(**values: str) -> list[str]:
    """What is found of these settings."""
    return [found.state for found in look(place(Given({"PORT": "0", **values})))]


class SettingsTests(SynchronousTestCase):
    """What the daemon would say, and what it would not."""

    def test_good(self) -> None:
        """One line."""
        self.assertEqual(states(), [OK])
        self.assertEqual(
            states(PUBLIC_WS_URL="wss://api.alie.app/ws", CORS_ALLOWED_ORIGINS="https://app.example.ca"), [OK]
        )

    def test_refused(self) -> None:
        """Each fault a line."""
        self.assertEqual(states(ALIE_WORKERS="many", ALIE_PAGE="2"), [PROBLEM, PROBLEM])

    def test_without_effect(self) -> None:
        """A secret that nobody needs."""
        self.assertEqual(states(SUPABASE_SERVICE_ROLE_KEY="x"), [NOTE, OK])

    def test_open_beside_a_proxy(self) -> None:
        """As in the .env of the old guide: port 3001 is not encrypted."""
        values = {"HOST": "0.0.0.0", "ALIE_INSECURE": "1", "CORS_ALLOWED_ORIGINS": "https://a.example.ca"}
        found = list(look(place(Given({"PORT": "0", "PUBLIC_WS_URL": "wss://api.alie.app", **values}))))
        self.assertEqual([one.state for one in found], [NOTE, OK])
        self.assertIn("set HOST=127.0.0.1", found[0].advice)

    def test_mixed_content(self) -> None:
        """Pages that came by https cannot open it; on this machine they can."""
        origins = {"CORS_ALLOWED_ORIGINS": "https://a.example.ca"}
        self.assertEqual(states(PUBLIC_WS_URL="ws://api.alie.app/ws", **origins), [PROBLEM, OK])
        self.assertEqual(states(PUBLIC_WS_URL="ws://127.0.0.1:3001/ws", **origins), [OK])

    def test_pages_from_elsewhere(self) -> None:
        """Are refused while only this machine's are allowed."""
        self.assertEqual(states(PUBLIC_WS_URL="wss://api.alie.app/ws"), [NOTE, OK])

    def test_origin_trust(self) -> None:
        """Lets anyone in."""
        self.assertEqual(states(ALIE_WS_ORIGIN_TRUST="1"), [NOTE, OK])


class RunningTests(SynchronousTestCase):
    """The daemon."""

    def found(self, **daemon: object) -> list[tuple[str, str]]:
        """State and detail."""
        where = Place(Given({}), Config(port=0), daemon={**READY, **daemon})
        return [(one.state, one.detail) for one in running(where)]

    def test_well(self) -> None:
        """Ready, of this version."""
        self.assertEqual(self.found(), [(OK, "process 7, ready")])

    def test_not_ready(self) -> None:
        """With its reasons."""
        told = [(PROBLEM, "process 7, not ready: The speech model is being loaded")]
        self.assertEqual(self.found(ready=False, reasons=["The speech model is being loaded"]), told)

    def test_notes(self) -> None:
        """Are passed on."""
        self.assertEqual(self.found(notes=["A", "B"]), [(NOTE, "process 7, ready: A; B")])

    def test_another_version(self) -> None:
        """Was upgraded under it."""
        self.assertEqual([state for state, _ in self.found(version="0.0.1")], [OK, NOTE])

    def test_a_stranger(self) -> None:
        """It does not tell who it is."""
        where = Place(Given({}), Config(), daemon={"ready": True})
        self.assertEqual([one.state for one in running(where)], [NOT_LOOKED_AT])

    def test_none(self) -> None:
        """Does not run."""
        self.assertEqual([one.state for one in running(Place(Given({}), Config()))], [PROBLEM])
