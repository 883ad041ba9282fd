"""Tests of real daemons that cannot do their duty: they end with status 1, and one clear line says why."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, TestCase

from tests.cli.files import folder_for
from tests.support.daemon import Daemon, start

NOBODY = 65534
WITHOUT_BOTO3 = "import sys; sys.modules['boto3'] = None; from twisted.scripts.twistd import run; run()"
_AS_A_USER = ("setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock", "prlimit", "--memlock=65536:65536")


class RefusalTests(TestCase):
    """Nothing is served, and no traceback is shown."""

    timeout = 180

    async def refused(self, part: str, *options: str, program: tuple[str, ...] = (), **settings: str) -> None:
        """It ends, and the line that says why has this part."""
        more: dict[str, Any] = {"program": program} if program else {}
        daemon = start(self, *options, **more, **settings)
        self.assertEqual(await daemon.ended, 1, daemon.out + daemon.err)
        said = (daemon.out + daemon.err).splitlines()
        self.assertEqual(len([line for line in said if part in line]), 1, said)
        self.assertNotIn("Traceback", "".join(said))
        self.assertNotIn("Alie listens", "".join(said))

    def state(self) -> Path:
        """A state directory of the test's own."""
        path = folder_for(self) / "state"
        path.mkdir(mode=0o700)
        return path

    async def test_a_second_daemon(self) -> None:
        """On the same state directory: two could not write one chain. The first goes on."""
        first = start(self)
        await first.listening
        await self.refused("each needs its own", ALIE_STATE_DIR=str(first.folder / ".local/state/alie"))
        self.assertFalse(first.ended.called)
        first.stop()
        self.assertEqual(await first.ended, 0)

    async def test_a_state_directory_of_others(self) -> None:
        """Open to others, somebody else's, or a name that nobody has given."""
        state = self.state()
        state.chmod(0o755)
        await self.refused(f"chmod 700 {state}", ALIE_STATE_DIR=str(state))
        await self.refused("set ALIE_STATE_DIR", HOME="")
        if os.geteuid() == 0:
            state.chmod(0o700)
            os.chown(state, NOBODY, NOBODY)
            await self.refused("belongs to", ALIE_STATE_DIR=str(state))

    async def test_files_that_others_can_read(self) -> None:
        """The store, and the signing key."""
        for name in ("alie.db", "audit.key"):
            state = self.state()
            (state / name).touch(0o600)
            (state / name).chmod(0o640)
            await self.refused(f"chmod 600 {state / name}", ALIE_STATE_DIR=str(state))

    async def test_a_store_that_is_damaged(self) -> None:
        """It is not begun anew over what may be saved."""
        state = self.state()
        (state / "alie.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
        (state / "alie.db").chmod(0o600)
        before = (state / "alie.db").read_bytes()
        await self.refused("is damaged", ALIE_STATE_DIR=str(state))
        self.assertEqual((state / "alie.db").read_bytes(), before)

    async def test_memory_that_must_be_locked(self) -> None:
        """And may not be."""
        if os.geteuid() == 0 and not all(map(shutil.which, ("setpriv", "prlimit"))):
            raise SkipTest("util-linux is not installed")
        wrapper = _AS_A_USER if os.geteuid() == 0 else _AS_A_USER[3:]
        program = (shutil.which(wrapper[0]) or "", *wrapper[1:], *_twistd())
        await self.refused("ALIE_LOCK_MEMORY is on", program=program, ALIE_LOCK_MEMORY="1")

    async def test_exports_without_the_library(self) -> None:
        """Said at start, and not to the first user who exports."""
        program = (sys.executable, "-c", WITHOUT_BOTO3)
        await self.refused("pip install 'alie[amazon]'", program=program, ALIE_EXPORT_BUCKET="clinic-exports")

    async def test_regions(self) -> None:
        """Where audio, exports or data would leave those that are allowed."""
        for settings in (
            {"AWS_REGION": "us-east-1"},
            {
                "ALIE_ENGINE": "amazon",
                "ALIE_TRANSCRIBE_ENDPOINT": "https://transcribestreaming.us-east-1.amazonaws.com",
            },
            {"ALIE_EXPORT_BUCKET": "clinic-exports", "AWS_ENDPOINT_URL_S3": "https://s3.us-east-1.amazonaws.com"},
            {"SUPABASE_URL": "https://a.supabase.co", "ALIE_HOST_REGIONS": "a.supabase.co=us-east-1"},
        ):
            await self.refused("us-east-1", **settings)


class WhereTests(TestCase):
    """Where a daemon keeps its things."""

    timeout = 180

    async def test_a_relative_name(self) -> None:
        """Is of where it was started, wherever twistd goes then; closed to others, whatever the umask."""
        daemon: Daemon = start(
            self, twistd=("--nodaemon", "--pidfile=", "--rundir=..", "--umask=0"), ALIE_STATE_DIR="state"
        )
        await daemon.listening
        daemon.stop()
        self.assertEqual(await daemon.ended, 0)
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (daemon.folder / "state").iterdir()}
        expected = {"audit": "0o700", "audit.key": "0o600", "audit.pub": "0o644", "alie.db": "0o600"}
        self.assertEqual(modes, expected)
        for path in (daemon.folder / "state/audit").iterdir():
            self.assertEqual(oct(path.stat().st_mode & 0o777), "0o600", path)


def _twistd() -> tuple[str, ...]:
    return (sys.executable, "-c", "from twisted.scripts.twistd import run; run()")
