"""A simulated Amazon Transcribe in a process of its own: knows scripts.json, says where it is in `settings`.

Both files are in its working directory; the second has lines of alie.env. It needs nothing but Alie.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from alie.simulator.script import Script, ScriptedWord
from alie.simulator.simulator import Simulator


def scripts() -> dict[int, Script]:
    """By the number on the stamps."""
    told = json.loads(Path("scripts.json").read_text())
    return {
        int(speaker): Script(script["language_code"], tuple(ScriptedWord(**word) for word in script["words"]))
        for speaker, script in told.items()
    }


async def serve() -> None:
    """Starts it, and tells where when it listens."""
    simulator = Simulator(reactor, scripts())
    await simulator.start()
    authority = Path("authority.pem").absolute()
    shutil.copy(simulator.ca_file, authority)
    authority.chmod(0o644)
    keys = simulator.credentials
    lines = {
        "ALIE_TRANSCRIBE_ENDPOINT": simulator.endpoint,
        "ALIE_TRANSCRIBE_CA_FILE": authority,
        "ALIE_FAILOVER": "off",
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
    }
    unfinished = Path("settings.part")
    unfinished.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    unfinished.rename("settings")


if __name__ == "__main__":
    Deferred.fromCoroutine(serve()).addErrback(lambda failure: reactor.stop())  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
