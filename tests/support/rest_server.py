"""A daemon with a store of its own and an engine that hears nothing, for tests of its REST API.

    python -m tests.support.rest_server FOLDER

The database is in FOLDER; settings come from the environment, as for `alie`. It says where it listens like the daemon.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.logger import globalLogBeginner, textFileLogObserver

from alie import config as configuration
from alie import listening
from alie.parts import Parts
from alie.service import AlieService
from alie.store.sqlite import SqliteStore
from tests.support.scripted_engine import ScriptedEngine


async def main(reactor: Any, folder: str) -> None:
    """Serves until the process is ended."""
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stdout)], redirectStandardIO=False)
    config = configuration.read(os.environ)
    store = SqliteStore(reactor, str(Path(folder, "alie.db")), time.time)
    parts = Parts(store=store, members=(store,))
    engine: Any = ScriptedEngine()
    service = AlieService(reactor, config, (engine, "For tests."), listening.listen(config.host, config.port), parts)
    service.startService()
    # It never fires: only a signal ends the server.
    await Deferred()


if __name__ == "__main__":
    task.react(lambda reactor: Deferred.fromCoroutine(main(reactor, sys.argv[1])))
