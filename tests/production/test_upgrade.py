"""docs/operations.md, "Upgrade": a new version takes the old one's place, and gives it back, while one dictates."""

from __future__ import annotations

import shutil
import wave
from difflib import SequenceMatcher
from pathlib import Path

from tests.production.test_systemd import SystemdCase
from tests.support import runbook
from tests.support.borrowed_machine import write_program
from tests.support.dictating_client import speech

SPEECH = Path(__file__).parents[1] / "speech"
RATE_HZ = 16000
LENGTH_S = 30
UNITS = Path(__file__).parents[2] / "etc/systemd"
HEALTH = "alie/web/health.py"
#: What the new version answers, and the old one does not.
OLD, NEW = '{"status": "ok"}', '{"status": "ok", "new": True}'


class UpgradeTests(SystemdCase):
    """On a machine without a network: what the page has pip install is there already, and is put in its place."""

    def setUp(self) -> None:
        super().setUp()
        self.build, self.switch, self.back = (block.text for block in runbook.blocks("Upgrade"))
        self.tree = self.machine.tree
        # A release as it is brought; of its source distribution the commands need no more than this.
        release = self.tree / "root/new/alie-2"
        shutil.copytree(UNITS, release / "etc/systemd")
        shutil.copytree(UNITS, self.tree / "opt/src/etc/systemd")
        (release / "requirements").mkdir()
        (release / "requirements/run.txt").touch()
        (release.parent / "alie-2-py3-none-any.whl").touch()
        self.run_in("cd /root/new; tar -czf alie-2.tar.gz alie-2; rm -r alie-2; sha256sum * > /root/SHA256SUMS")
        self.run_in("mv /root/SHA256SUMS /root/new/; cp -r /opt/source /opt/source.new")
        health = self.tree / "opt/source.new" / HEALTH
        health.write_text(health.read_text().replace(OLD, NEW))
        write_program(self.tree / "opt" / "pip", "/opt/source.new")

    def dictate(self) -> None:
        """Begins to speak for half a minute, at the pace of speech; returns when the daemon hears it."""
        names = sorted(path.stem for path in SPEECH.glob("en-*.flac"))
        with wave.open(str(self.tree / "root/dictation.wav"), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            while file.tell() < LENGTH_S * RATE_HZ:
                file.writeframes(speech(names.pop(0)))
        command = "alie transcribe --realtime --language en-US -o /root/said.txt /root/dictation.wav"
        self.run_in(f"({command} > /root/told 2>&1; echo $? > /root/ended) > /dev/null 2>&1 &")
        self.until(lambda: self.show("StatusText").startswith("1 dictation"))

    def run_page(self, text: str) -> str:
        """Runs a block in the folder of the new version; /usr of this machine cannot be changed, so /opt/src stands
        for /usr/local/src, and instead of pip, cp brings what pip would."""
        text = text.replace("/usr/local/src/alie", "/opt/src")
        lines = [line for line in text.splitlines() if "/bin/pip " not in line]
        text = "\n".join(lines).replace("python3 -m venv /opt/alie", "cp -a /opt/pip/. /opt/alie/")
        return self.run_in(f"cd /root/new\n{text}")

    def health(self) -> str:
        """What the daemon answers."""
        return self.run_in("curl -s -m 60 http://127.0.0.1:3001/health")

    def test_while_one_dictates(self) -> None:
        """The old version serves until the new one does; the dictation goes on with it, each word once."""
        self.start()
        self.dictate()
        self.run_page(self.build)
        self.assertNotIn('"new"', self.health())
        self.assertFalse((self.tree / "root/ended").exists())
        self.run_page(self.switch)
        self.assertIn('"new"', self.health())
        self.until(lambda: (self.tree / "root/ended").exists())
        self.assertEqual((self.tree / "root/ended").read_text().strip(), "0", (self.tree / "root/told").read_text())
        self.assertHeard()
        self.run_page(self.back)
        self.assertNotIn('"new"', self.health())

    def assertHeard(self) -> None:
        """What was dictated meanwhile is what is heard of the same without a restart."""
        self.run_in("alie transcribe --language en-US -o /root/undisturbed.txt /root/dictation.wav")
        calm, disturbed = ((self.tree / f"root/{name}.txt").read_text().lower() for name in ("undisturbed", "said"))
        expected, heard = calm.split(), disturbed.split()
        matching = SequenceMatcher(None, expected, heard, autojunk=False).get_matching_blocks()
        same = sum(block.size for block in matching)
        self.assertGreater(len(expected), 20)
        # A word may be heard otherwise where a sentence was heard again; none may be missing, none come twice.
        self.assertLessEqual(max(len(expected), len(heard)) - same, 3, (calm, disturbed))
