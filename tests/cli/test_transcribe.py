"""`alie transcribe`, in process, against a server."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import SkipTest

from alie import errors
from alie.cli.address import Address
from alie.cli.transcribe import Order, transcribe
from alie.client import StartRequest
from tests.cli.files import folder_for, write_wave
from tests.cli.server import READY, Script, ServerTestCase, fatal, final

SECOND = 32000
HELLO = (SECOND, final("r1", 0.0, 1.0, "Hello."))
AGAIN = (2 * SECOND, final("r2", 1.0, 2.0, "Again."))


class TranscribeTests(ServerTestCase):
    """Text where it was asked for, one line for each thing that went wrong, and an honest status."""

    def setUp(self) -> None:
        try:
            import av  # noqa: F401
        except ImportError:
            raise SkipTest("PyAV is not installed") from None
        self.folder = folder_for(self)

    def sound(self, name: str, length_s: float = 2.0) -> Path:
        path = self.folder / name
        write_wave(path, length_s)
        return path

    async def run_on(
        self, address: Address, *files: tuple[Path, Path | None], form: str = "txt"
    ) -> tuple[int, str, list[str]]:
        """Status, standard output, lines of standard error."""
        stdout, stderr = io.StringIO(), io.StringIO()
        order = Order(files, address, StartRequest("en-US"), form, is_realtime=False)
        status = await transcribe(reactor, order, stdout, stderr)
        return status, stdout.getvalue(), stderr.getvalue().splitlines()

    async def test_text_on_standard_output_and_nothing_else(self) -> None:
        script = Script(finals=(HELLO, AGAIN))
        answer = await self.run_on(self.serve(script), (self.sound("a.wav"), None))
        self.assertEqual(answer, (0, "Hello. Again.\n", []))
        self.assertEqual(script.audio, 2 * SECOND)
        self.assertEqual(script.closes, [(True, 1000)])

    async def test_several_files_one_after_another_each_in_its_file(self) -> None:
        script = Script(finals=(HELLO,))
        targets = [self.folder / "a.json", self.folder / "b.json"]
        jobs = [(self.sound("a.wav"), targets[0]), (self.sound("b.wav", 1.0), targets[1])]
        status, stdout, stderr = await self.run_on(self.serve(script), *jobs, form="json")
        self.assertEqual((status, stdout, stderr), (0, "", []))
        self.assertEqual([json.loads(target.read_text())["audioSeconds"] for target in targets], [2.0, 1.0])
        self.assertEqual(script.audio, 3 * SECOND)

    async def test_several_files_on_standard_output_are_told_apart(self) -> None:
        path = self.sound("a.wav")
        _, stdout, _ = await self.run_on(self.serve(Script(finals=(HELLO,))), (path, None), (path, None))
        self.assertEqual(stdout, f"==> {path} <==\nHello.\n\n" * 2)

    async def test_lost_audio_is_told_and_counts_as_a_failure(self) -> None:
        path = self.sound("a.wav")
        status, stdout, stderr = await self.run_on(self.serve(Script(finals=(HELLO,), lost_s=0.5)), (path, None))
        self.assertEqual((status, stdout), (1, "Hello.\n"))
        self.assertEqual(stderr, [f"alie: {path}: 0.5 s of the audio were lost: no engine heard them (LOST_AUDIO)"])

    async def test_an_engine_that_fails_is_told_and_the_file_is_whole(self) -> None:
        statuses = tuple(
            {"type": "engine_status", **fields}
            for fields in (
                {"state": "recovering", "engine": "amazon", "code": "ENGINE_THROTTLED"},
                {"state": "live", "engine": "amazon", "code": None},
                {"state": "recovering"},
                {"state": "failed_over", "engine": "embedded", "code": "ENGINE_UNAVAILABLE"},
                {"state": "never_heard_of", "engine": "embedded"},
            )
        )
        path = self.sound("a.wav")
        answer = await self.run_on(self.serve(Script(on_start=(READY, *statuses), finals=(HELLO,))), (path, None))
        later = "what is sent meanwhile is kept, and its words come later"
        lines = [
            f"alie: {path}: the engine (amazon) is recovering; {later} (ENGINE_THROTTLED)",
            f"alie: {path}: the engine is recovering; {later}",
            f"alie: {path}: another engine (embedded) has taken over (ENGINE_UNAVAILABLE)",
        ]
        self.assertEqual(answer, (0, "Hello.\n", lines))

    async def test_an_error_that_is_not_fatal_is_told_and_the_file_is_whole(self) -> None:
        trouble = fatal(errors.EngineThrottled()) | {"fatal": False}
        path = self.sound("a.wav")
        answer = await self.run_on(self.serve(Script(on_start=(READY, trouble), finals=(HELLO,))), (path, None))
        line = f"alie: {path}: Waiting for a seat at the speech engine (ENGINE_THROTTLED)"
        self.assertEqual(answer, (0, "Hello.\n", [line]))

    async def test_what_was_heard_before_a_failure_is_not_thrown_away(self) -> None:
        path = self.sound("a.wav", 60.0)
        script = Script(finals=(HELLO,), drops_at=19 * SECOND)
        status, stdout, stderr = await self.run_on(self.serve(script), (path, None))
        self.assertEqual((status, stdout), (1, "Hello.\n"))
        self.assertEqual(len(stderr), 1)
        self.assertIn("CONNECTION_LOST", stderr[0])

    async def test_a_full_server_is_one_line_and_the_other_files_are_not_tried(self) -> None:
        path = self.sound("a.wav")
        script = Script(on_start=(fatal(errors.Capacity()),), closes_with=1013)
        status, stdout, stderr = await self.run_on(self.serve(script), (path, None), (path, None), (path, None))
        self.assertEqual((status, stdout), (1, ""))
        line = f"alie: {path}: {errors.Capacity.default_sentence} (CAPACITY)"
        self.assertEqual(stderr, [line, "alie: not tried: 2 more"])

    async def test_a_file_that_is_no_sound_does_not_stop_the_others(self) -> None:
        text = self.folder / "text.txt"
        text.write_text("x" * 4000)
        jobs = ((text, None), (self.sound("a.wav"), None))
        status, stdout, stderr = await self.run_on(self.serve(Script(finals=(HELLO,))), *jobs)
        self.assertEqual(status, 1)
        self.assertIn("Hello.", stdout)
        self.assertEqual(stderr, [f"alie: {text}: there is no sound in this file"])

    async def test_a_target_that_cannot_be_written(self) -> None:
        path, target = self.sound("a.wav"), self.folder / "missing" / "a.txt"
        status, _, stderr = await self.run_on(self.serve(Script()), (path, target))
        self.assertEqual((status, len(stderr)), (1, 1))
        self.assertIn("cannot be written: No such file or directory", stderr[0])

    async def test_a_standard_output_that_takes_nothing(self) -> None:
        path, stderr = self.sound("a.wav"), io.StringIO()
        order = Order(((path, None),), self.serve(Script()), StartRequest("en-US"), "txt", is_realtime=False)
        with open("/dev/full", "w") as stdout, open(os.devnull, "w") as sink:
            self.assertEqual(await transcribe(reactor, order, stdout, stderr), 1)
            self.assertEqual(
                stderr.getvalue(), f"alie: {path}: standard output cannot be written: No space left on device\n"
            )
            # What is still buffered has to go somewhere when the file is closed.
            os.dup2(sink.fileno(), stdout.fileno())
