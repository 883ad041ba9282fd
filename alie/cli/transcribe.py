"""`alie transcribe`: sends sound files through a server, one after another, and writes down what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from twisted.internet.threads import deferToThreadPool

from alie.cli.address import Address
from alie.cli.link import connect
from alie.cli.player import play
from alie.cli.progress import Progress
from alie.cli.reasons import SessionFailed
from alie.cli.sentences import sentence_of
from alie.cli.sound import SoundError, SoundFile, frames_of
from alie.cli.token_file import find_token
from alie.cli.transcripts import Transcript, render
from alie.client import Phase, StartRequest, Told, TranscriptionClient


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be transcribed, and how.

    Attributes:
        files: each sound file, and where its text goes (None: standard output).
        address: of the server.
        request: what every session asks for.
        form: one of `alie.cli.transcripts.FORMS`.
        is_realtime: send at the pace of speech, not as fast as the server takes it.
        token_file: where a newer token is found when one expires; None: nowhere.
    """

    files: tuple[tuple[Path, Path | None], ...]
    address: Address
    request: StartRequest
    form: str
    is_realtime: bool
    token_file: str | None = None


async def transcribe(reactor: Any, order: Order, stdout: TextIO, stderr: TextIO) -> int:
    """Carries out the order.

    Returns:
        Exit status: 0 when every file came through completely, else 1.
    """
    scribe = _Scribe(reactor, order, stdout, stderr)
    whole = 0
    for number, (path, target) in enumerate(order.files, 1):
        client = TranscriptionClient(order.request)
        whole += await scribe.transcribe(path, target, client)
        if number < len(order.files) and client.failure is not None and client.phase < Phase.READY:
            # What keeps one session from opening keeps them all.
            stderr.write(f"alie: not tried: {len(order.files) - number} more\n")
            break
    return 0 if whole == len(order.files) else 1


class _Scribe:
    """What the files of one order share."""

    def __init__(self, reactor: Any, order: Order, stdout: TextIO, stderr: TextIO) -> None:
        self._reactor = reactor
        self._order = order
        self._stdout = stdout
        self._stderr = stderr

    async def transcribe(self, path: Path, target: Path | None, client: TranscriptionClient) -> bool:
        """Transcribes one file; whether all of it came through. What was heard before a failure is written too."""
        try:
            sound = await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), SoundFile, path)
        except SoundError as error:
            return self._report(path, [str(error)])
        progress = Progress(self._stderr, path.name, sound.duration_s)
        broken: list[str] = []
        try:
            broken += await self._hear(path, sound, client, progress)
        except SessionFailed:
            pass  # noted by the client
        finally:
            sound.close()
            progress.wipe()
            broken += self._write(path, target, client)
        for trouble in client.troubles:
            self._report(path, [f"{trouble.sentence} ({trouble.code})"])
        return self._report(path, broken + _shortcomings(client, sound)) and client.failure is None

    async def _hear(self, path: Path, sound: SoundFile, client: TranscriptionClient, progress: Progress) -> list[str]:
        """Returns what is wrong with the file; what could be read of it is heard to its end all the same."""

        def listen(told: Told) -> None:
            if (sentence := sentence_of(told)) is not None:
                progress.wipe()
                self._report(path, [sentence])
            progress.show(client.heard_s, self._reactor.seconds())

        broken = []
        link = await connect(self._reactor, self._order.address, client, listen, self._find_token)
        try:
            await link.start()
            frames = frames_of(self._reactor, sound)
            try:
                await play(self._reactor, link, frames, is_realtime=self._order.is_realtime)
            except SoundError as error:
                broken.append(str(error))
            await link.finish()
        finally:
            await link.close()
        return broken

    async def _find_token(self) -> str | None:
        return await find_token(self._reactor, self._order.token_file)

    def _write(self, path: Path, target: Path | None, client: TranscriptionClient) -> list[str]:
        if client.phase < Phase.READY:
            return []
        text = render(Transcript.of(path.name, client), self._order.form)
        try:
            if target is not None:
                target.write_text(text, encoding="utf-8")
            else:
                self._stdout.write(self._headed(path, text))
                self._stdout.flush()
        except OSError as error:
            return [f"{target or 'standard output'} cannot be written: {error.strerror}"]
        return []

    def _headed(self, path: Path, text: str) -> str:
        """Plain texts of several files in one output are told apart by a line before each."""
        is_one_of_many = len(self._order.files) > 1 and self._order.form == "txt"
        return f"==> {path} <==\n{text}\n" if is_one_of_many else text

    def _report(self, path: Path, complaints: list[str]) -> bool:
        """One line each on standard error; whether there was nothing to complain of."""
        for complaint in complaints:
            self._stderr.write(f"alie: {path}: {complaint}\n")
        return not complaints


def _shortcomings(client: TranscriptionClient, sound: SoundFile) -> list[str]:
    """What is missing from a transcript although nothing failed."""
    found = []
    if sound.damaged_packets:
        found.append(f"{sound.damaged_packets} damaged packets of the file were left out")
    if client.completed is not None and client.completed.lost_s > 0:
        found.append(f"{client.completed.lost_s:.1f} s of the audio were lost: no engine heard them (LOST_AUDIO)")
    return found
