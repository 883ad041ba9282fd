"""A dictation of ten minutes on a server that is worked on meanwhile: every word once, and a clean end for a page."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.script import MARKS
from tests.support.recordings import RATE_HZ, Take, repeated_take
from tests.support.server_machine import NAME, ServerMachine
from tests.support.waiting import wait_until

LENGTH_S = 600
#: Of the audio that a page has sent at the end, what it may lack the words of: they came too late for it.
UNTOLD_S = 15.0
LOOK_S = 0.5
#: nginx's word for a client that ended its request before it was answered: while the daemon is restarted, it may.
GAVE_UP = 499
PATIENCE_S = 120
CLINICIAN = f"""
systemd-run --quiet --unit=clinician --working-directory=/srv --setenv=PATH=/opt/alie/bin:/usr/bin \
    -p StandardError=file:/srv/cli.err -p ExecStopPost='/bin/sh -c "echo $EXIT_STATUS > /srv/cli.ended"' \
    alie transcribe --url https://{NAME} --realtime --language fr-CA --format json -o /srv/cli.json /srv/dictation.wav
"""
SPEAK = f"/opt/alie/bin/python /srv/plain_dictation.py wss://{NAME}%s en-US /srv/page.pcm /srv/%s.jsonl"
#: Where pages find the daemon: behind nginx, and with TLS of its own.
PLACES = {"page": "/ws", "direct": ":8443/ws"}


class Page:
    """What one page was told.

    Args:
        file: lines of tests/support/plain_dictation.py.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def told(self) -> list[dict[str, Any]]:
        """All of it so far."""
        lines = self._file.read_text().splitlines(keepends=True) if self._file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    @property
    def finals(self) -> list[dict[str, Any]]:
        """Those with words."""
        return [message for message in self.told if message.get("isFinal") and message["text"]]

    @property
    def heard_s(self) -> float:
        """How far into the recording it has finals."""
        return float(self.finals[-1]["endTime"]) if self.finals else 0.0


class LongDictationTests(SynchronousTestCase):
    """The whole server: systemd with its socket, nginx with TLS, certbot, and a simulated Amazon Transcribe."""

    timeout = LENGTH_S + 900

    def setUp(self) -> None:
        self.takes = [repeated_take("fr-long", 1, 1 + LENGTH_S // 97), repeated_take("en-long", 2, 1 + LENGTH_S // 96)]
        self.machine = ServerMachine(self)
        self.machine.simulate(self.takes)
        self.machine.serve(by_itself=True)
        self.place = self.machine.tree / "srv"
        self.pages = [Page(self.place / f"{name}.jsonl") for name in PLACES]

    def test_ten_minutes(self) -> None:
        """nginx is reloaded, the certificate renewed, the daemon reloaded, and at last restarted."""
        self.begin()
        first, process = self.machine.newest, self.process
        self.at(0.15, "systemctl reload nginx")
        self.at(0.3, "systemctl start certbot.service")
        self.assertNotEqual(self.machine.newest, first)
        for port in (443, 8443):
            self.until(lambda port=port: self.machine.serves(self.machine.newest, port))
        self.at(0.45, "systemctl reload alie-backend")
        self.assertEqual(self.process, process)
        self.assertFalse((self.place / "cli.ended").exists())
        self.at(0.6, "systemctl restart alie-backend")
        self.assertNotEqual(self.process, process)
        self.until((self.place / "cli.ended").exists, LENGTH_S + PATIENCE_S)
        self.judge_clinician()
        for page in self.pages:
            self.judge_page(page)
        self.judge_server()

    def begin(self) -> None:
        """Three begin to speak: one with a client that comes back, two with pages of the Node backend's time."""
        clinician, page = (take.pcm[: LENGTH_S * RATE_HZ * 2] for take in self.takes)
        with wave.open(str(self.place / "dictation.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(clinician)
        (self.place / "page.pcm").write_bytes(page)
        program = Path(__file__).parents[1] / "support" / "plain_dictation.py"
        (self.place / program.name).write_text(program.read_text())
        self.machine.run(CLINICIAN)
        for name, place in PLACES.items():
            self.machine.run(f"systemd-run --quiet -p StandardError=file:/srv/{name}.err {SPEAK % (place, name)}")

    def at(self, share: float, command: str) -> None:
        """Runs a command when so much of the recording has been heard."""
        self.until(lambda: all(page.heard_s > share * LENGTH_S for page in self.pages), LENGTH_S + PATIENCE_S)
        self.machine.run(command)

    @property
    def process(self) -> str:
        """Of the daemon."""
        return self.machine.run("systemctl show --property=MainPID --value alie-backend").strip()

    def until(self, is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Waits until it is."""
        log = "journalctl --no-pager -n 60; tail /srv/*.err"
        wait_until(is_so, patience_s, pause_s=LOOK_S, tell=lambda: self.machine.run(log))

    def judge_clinician(self) -> None:
        """Every word once, in order, all audio heard; cut off once, at the restart, and told so."""
        said = (self.place / "cli.err").read_text()
        self.assertEqual((self.place / "cli.ended").read_text().strip(), "0", said)
        transcript = json.loads((self.place / "cli.json").read_text())
        self.assertEqual((transcript["complete"], transcript["lostSeconds"]), (True, 0.0))
        self.assertAlmostEqual(transcript["audioSeconds"], LENGTH_S, places=2)
        self.assertEqual(words(transcript["segments"]), spoken(self.takes[0], LENGTH_S))
        self.assertEqual(said.count("connected again; a new session"), 1, said)
        self.assertEqual(said.count("connected again"), 1, said)

    def judge_page(self, page: Page) -> None:
        """It notices nothing up to the restart; then it is told, gets its last words, and is closed in good order."""
        *messages, end = page.told
        self.assertEqual(end["closed"], 1001)
        self.assertEqual((messages[-1]["type"], messages[-1]["code"]), ("transcription_error", "SHUTTING_DOWN"))
        types = [message["type"] for message in messages]
        self.assertEqual(types.count("server_draining"), 1)
        self.assertEqual(types.count("transcription_error"), 1)
        sent_s = end["sent"] / 2 / RATE_HZ
        heard = words(page.finals)
        self.assertEqual(heard, spoken(self.takes[1], LENGTH_S)[: len(heard)])
        self.assertGreaterEqual(len(heard), len(spoken(self.takes[1], sent_s - UNTOLD_S)))

    def judge_server(self) -> None:
        """No connection was refused, nothing crashed, and no word is in any log."""
        log = self.machine.run("journalctl --no-pager")
        access = [json.loads(line) for line in self.nginx_log("alie.access.log").splitlines()]
        self.assertEqual([line for line in access if line["status"] >= 400 and line["status"] != GAVE_UP], [])
        self.assertEqual(self.machine.run("systemctl show --property=NRestarts --value alie-backend").strip(), "0")
        self.assertNotIn("Traceback", log)
        for take in self.takes:
            self.assertEqual([word for word in take.script.texts if word in log], [])

    def nginx_log(self, name: str) -> str:
        """One of its files."""
        return (self.machine.tree / "var/log/nginx" / name).read_text()


def words(finals: Sequence[dict[str, Any]]) -> list[str]:
    """Of some finals, without their marks."""
    return [word.rstrip(MARKS) for final in finals for word in final["text"].split()]


def spoken(take: Take, until_s: float) -> list[str]:
    """Words of a recording up to a place."""
    return [word.text.rstrip(MARKS) for word in take.script.words if word.middle_s < until_s]
