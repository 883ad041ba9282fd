"""What all browser tests share, as starting it takes longer than most of them. It ends with the test run."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import wave
from functools import cache
from pathlib import Path
from typing import Any

import av
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.e2e.processes import Server, start_daemon, start_scripted_server

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SPEECH = Path(__file__).parents[1] / "speech"
SAMPLE_RATE_HZ = 48000
PAUSE_S = 0.8
#: What most microphones hear.
SENTENCE = "fr-10-vm-savefolder"
PERMISSIONS = ("microphone", "clipboard-read", "clipboard-write")
#: A name that is not this machine's own, so that a page there has no secure context.
INSECURE_HOST = "alie.test"


@cache
def daemon() -> Server:
    """The real daemon."""
    server = start_daemon()
    atexit.register(server.stop)
    return server


@cache
def scripted_server() -> Server:
    """The server that plays scripts."""
    server = start_scripted_server()
    atexit.register(server.stop)
    return server


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _samples(name: str) -> bytes:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(str(SPEECH / f"{name}.flac")) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)


@cache
def speech_file(*names: str, seconds: float | None = None, after_s: float = 0.0) -> Path:
    """Recordings of tests/speech, with a pause after each, as one WAV file at a sound card's usual rate.

    Args:
        names: such as "fr-02-conf-invalid".
        seconds: how much of each; all of it by default.
        after_s: seconds of silence before the first: a busy browser is late with the beginning of what it hears.
    """
    # Chromium goes on with the file's last sample for ever: it has to be silence.
    pause = bytes(int(PAUSE_S * SAMPLE_RATE_HZ) * 2)
    length = None if seconds is None else int(seconds * SAMPLE_RATE_HZ) * 2
    before = bytes(int(after_s * SAMPLE_RATE_HZ) * 2)
    pcm = before + b"".join(_samples(name)[:length] + pause for name in names)
    path = _folder() / f"{'+'.join(names)}-{seconds}-{after_s}.wav"
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(SAMPLE_RATE_HZ)
        target.writeframes(pcm)
    return path


@cache
def driver() -> Playwright:
    """What starts browsers; there can be one only."""
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright


@cache
def context(microphone_hears: Path, **settings: Any) -> BrowserContext:
    """A browser context that may use the microphone and the clipboard; one for each combination of settings."""
    # Animations are drawn by the processor here, and take it from everything else.
    settings = {"permissions": PERMISSIONS, "reduced_motion": "reduce", **settings}
    return _browser(microphone_hears).new_context(**settings)


@cache
def _browser(microphone_hears: Path) -> Browser:
    """A real Chromium that allows the microphone, which hears a file once and then silence."""
    chromium = driver().chromium.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone_hears}%noloop",
            f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--disable-quic",
            "--disable-gpu",
        ],
    )
    # Registered after the driver's end, and so run before it.
    atexit.register(chromium.close)
    return chromium
