"""Tests of alie.assembly: which parts a daemon is made of, by its settings; none of them is started here."""

from __future__ import annotations

import importlib.util
import stat
from pathlib import Path
from typing import Any

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from alie import assembly, config
from alie.audit.errors import AuditError
from alie.audit.keys import SigningKey, read_public
from alie.auth.access_keys import AccessKeyAuthenticator
from alie.auth.supabase import SupabaseAuthenticator
from alie.errors import RateLimited
from alie.export.interface import ExportError
from alie.export.s3 import S3Exporter
from alie.key_diary import KeyDiary
from alie.parts import Parts
from alie.state_dir import StateDirError
from tests.cli.files import folder_for
from tests.support.scripted_engine import ScriptedEngine
from tests.web.test_proxies import STRANGER, request_from

SUPABASE = {"SUPABASE_URL": "https://abcdefgh.supabase.co", "SUPABASE_ANON_KEY": "anon"}
ABROAD = "transcribestreaming.us-east-1.amazonaws.com"


class AssemblyTests(SynchronousTestCase):
    """`build_parts`."""

    def setUp(self) -> None:
        self.state = folder_for(self) / "state"
        self.engine = ScriptedEngine()

    def build(self, environ: dict[str, str] | None = None, **settings: str) -> Parts:
        """The parts with these settings."""
        found = config.read({"ALIE_STATE_DIR": str(self.state), **settings})
        engine: Any = self.engine
        return assembly.build_parts(MemoryReactorClock(), found, engine, environ or {})

    def made(self) -> dict[str, int]:
        """Mode by name of what is in the state directory."""
        return {path.name: stat.S_IMODE(path.stat().st_mode) for path in self.state.iterdir()}

    def test_a_clinic_of_its_own(self) -> None:
        """Access keys and SQLite; the store is ready before the audit log, whose rows it takes, and ends after it; both
        are ready before what was done with keys is taken from the one to the other."""
        parts = self.build()
        self.assertIsInstance(parts.authenticator, AccessKeyAuthenticator)
        assert parts.store is not None
        self.assertEqual(parts.store.name, "sqlite")
        *members, diary = parts.members
        self.assertEqual((members, type(diary)), ([parts.store, parts.audit], KeyDiary))
        self.assertEqual((parts.exporter, parts.ws_tokens), (None, None))

    def test_a_project(self) -> None:
        """Users of Supabase, and its database; no file for one of our own."""
        parts = self.build(**SUPABASE)
        self.assertIsInstance(parts.authenticator, SupabaseAuthenticator)
        assert parts.store is not None
        self.assertEqual(parts.store.name, "supabase")
        self.assertEqual(list(parts.members[1:]), [parts.store, parts.audit])
        self.assertIsNotNone(parts.ws_tokens)

    def test_files(self) -> None:
        """Only the key is made before the daemon is started, for its owner only; the same one the next time."""
        self.build()
        self.assertEqual(self.made(), {"audit.key": 0o600, "audit.pub": 0o644})
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o700)
        before = read_public(self.state).id
        self.build()
        self.assertEqual(read_public(self.state).id, before)

    def test_a_key_of_systemd(self) -> None:
        """Takes the place of the file."""
        credentials = folder_for(self)
        key = SigningKey.generate()
        Path(credentials, "audit.key").write_bytes(key.pem())
        Path(credentials, "audit.key").chmod(0o400)
        self.build({"CREDENTIALS_DIRECTORY": str(credentials)})
        self.assertEqual((list(self.made()), read_public(self.state).id), (["audit.pub"], key.public.id))

    def test_what_cannot_be_used(self) -> None:
        """A directory or a key that others can read; a directory that nobody has named."""
        self.build()
        (self.state / "audit.key").chmod(0o640)
        self.assertIn("chmod 600", str(self.assertRaises(AuditError, self.build)))
        self.state.chmod(0o750)
        self.assertIn("chmod 700", str(self.assertRaises(StateDirError, self.build)))
        self.assertIn("ALIE_STATE_DIR", str(self.assertRaises(StateDirError, self.build, ALIE_STATE_DIR="")))

    def test_exports(self) -> None:
        """Only where a bucket is named, and only with the library; it says how to get that."""
        parts = self.build(ALIE_EXPORT_BUCKET="clinic-exports")
        self.assertIsInstance(parts.exporter, S3Exporter)
        self.assertIs(parts.members[-1], parts.exporter)
        self.patch(importlib.util, "find_spec", lambda name: None)
        self.assertIsNone(self.build().exporter)
        error = self.assertRaises(ExportError, self.build, ALIE_EXPORT_BUCKET="clinic-exports")
        self.assertIn("pip install 'alie[amazon]'", str(error))

    def test_limits(self) -> None:
        """Are those that were set."""
        parts = self.build(ALIE_SOCKETS_PER_ADDRESS="2")
        for _ in range(2):
            parts.limiter.enter(request_from(STRANGER))
        self.assertRaises(RateLimited, parts.limiter.enter, request_from(STRANGER))

    def test_the_guard(self) -> None:
        """Looks at the engine's hosts as they are then."""
        guard = self.build().guard
        self.assertEqual(guard.problems(), [])
        self.engine.audio_goes_to = (ABROAD,)
        self.assertIn(ABROAD, guard.problems()[0])
        allowed = self.build(ALIE_ALLOWED_REGIONS="ca-central-1,us-east-1").guard
        self.assertEqual(allowed.problems(), [])
