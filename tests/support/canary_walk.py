"""One daemon, everything that can be done with it, and every place where something of that could be left."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from alie.auth.access_key import mint
from alie.canary.process import Process
from alie.canary.search import FOUND, NOT_SEARCHED, SEARCHED, Finding, Search
from alie.engines.embedded.model import locate_model
from alie.simulator.simulator import Simulator
from alie.store.key_events import Operator
from alie.store.keys import Holder, KeyBook
from alie.store.sqlite_file import FILE_NAME, open_database
from tests.support.canary_rest import Caller
from tests.support.canary_speech import RESUME_TOKEN, Speakers
from tests.support.canary_words import Book
from tests.support.daemon import Daemon, start
from tests.support.transcribe import settings, simulate

LOCKED = {"AUTH_REQUIRED": "1", "WS_REQUIRE_AUTH": "1", "ALIE_WS_TOKEN_IN_URL": "1"}
ROOMY = {"RATE_LIMIT_ENABLED": "0", "ALIE_SESSIONS_PER_USER": "0", "FEATURE_FEEDBACK_SERVER_SYNC": "1"}
TEXTS = ("transcription_result", "transcription_final")


class Walk:
    """One daemon, with what is done to it.

    Args:
        case: the test.
        plants: what is wrong with it; see `canary_plants`.

    Attributes:
        book: all that is said and sent.
        findings: of all places.
    """

    def __init__(self, case: TestCase, *plants: str) -> None:
        self.book = Book()
        self.findings: list[Finding] = []
        self.speakers = Speakers(self.book)
        self.daemon: Daemon
        self.caller: Caller
        self.url = ""
        self._case = case
        self._plants = plants

    async def begin(self, **more: str) -> None:
        """Starts the daemon, with the engine simulated."""
        simulator = await simulate(self._case, self.speakers.takes.values(), self.speakers.rota)
        await self._begin({**settings(simulator), **LOCKED, **more})
        self.simulator: Simulator = simulator

    async def begin_embedded(self, values: dict[str, str]) -> None:
        """Starts it as it is told; its model is joined already, or a copy would have to be searched."""
        await self._begin({"ALIE_MODEL_DIR": str(locate_model().prepare()), **values})

    async def _begin(self, values: dict[str, str]) -> None:
        program = (sys.executable, "-m", "tests.support.canary_plants", ",".join(self._plants))
        planted: dict[str, Any] = {"program": program} if self._plants else {}
        self.daemon = start(self._case, **planted, **ROOMY, **values)
        self.url = await self.daemon.listening
        self.caller = Caller(self.url, self.book)

    def key(self, label: str, *, is_revoked: bool = False) -> str:
        """A new access key."""
        text, kept = mint()
        with closing(open_database(str(self._state / FILE_NAME), time.time)) as database:
            book = KeyBook(database)
            book.add(Holder("somebody", "clinic", None), kept.key_id, kept.digest, Operator(0))
            if is_revoked:
                book.revoke(kept.key_id, Operator(0))
        return self.book.known(label, text)

    async def speak(self, token: str) -> None:
        """In all ways, beside REST calls in all ways."""
        calls = deferToThread(self._call, token)
        await self.speakers.speak(self.url, token)
        await calls

    def _call(self, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Origin": "http://localhost:5173"}
        self.caller.look_around("before")
        revoked = self.key("revoked key", is_revoked=True)
        self.caller.ask("revoked key", "/api/profile", headers={"Authorization": f"Bearer {revoked}"})
        one = self.caller.ask("ws token", "/api/auth/ws-token", "POST", {}, headers, frozenset({"ws token"}))
        ws_token = self.book.known("ws token", one.json["wsToken"])
        for _ in range(2):  # it is good once
            upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
            key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
            self.caller.ask("ws token in a URL", f"/ws?ws_token={ws_token}", headers={**upgrade, **key})
        self.caller.use(headers)
        self.caller.errors(headers)
        self.caller.tokens_everywhere()

    async def search(self) -> None:
        """All places, while it runs and when it has stopped."""
        await deferToThread(self.caller.look_around, "after")
        pid = self.daemon.transport.pid
        everything = Search(self.book.needles())
        self.findings += Process(pid).findings(everything)
        self.temporary_files = Process(pid).temporary_files() if self.sees_process else []
        self._search_answers()
        self._search_messages()
        self.daemon.stop()
        status = await self.daemon.ended
        self._case.assertEqual(status, 0, self.daemon.err)
        self.log = self.daemon.out + self.daemon.err
        self.findings.append(everything.data("journal", self.log.encode()))
        self._search_files(everything)

    def _search_files(self, everything: Search) -> None:
        """The database holds what was saved, the rest nothing."""
        is_database = lambda path: path.name.startswith(FILE_NAME)  # noqa: E731
        folder = self.daemon.folder
        self.findings.append(everything.folder("files", folder, lambda path: not is_database(path)))
        rest = Search(self.book.needles(self.book.saved))
        self.findings.append(rest.folder("database", folder, is_database))

    def saved_is_seen(self) -> set[str]:
        """What of the saved is found in the database: proof that the search sees into it."""
        needles = self.book.only(self.book.saved)
        found: set[str] = set()
        for path in self._state.glob(f"{FILE_NAME}*"):
            with path.open("rb") as stream:
                found |= {hit.label for hit in needles.scan(stream)}
        return found

    def tables(self) -> dict[str, int]:
        """Rows in each table of the database."""
        with closing(sqlite3.connect(self._state / FILE_NAME)) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}

    def files(self) -> set[str]:
        """Names of all files that it left."""
        return {str(path.relative_to(self.daemon.folder)) for path in self.daemon.folder.rglob("*") if path.is_file()}

    def statuses(self) -> dict[str, int]:
        """How each request was answered."""
        return {answer.name: answer.status for answer in self.caller.answers}

    def struck(self) -> set[str]:
        """Faults of the engine that there were."""
        return {name for leg in self.simulator.legs for name in leg.faults}

    def found(self) -> list[Finding]:
        """Where something was found."""
        return [finding for finding in self.findings if finding.state == FOUND]

    @property
    def sees_process(self) -> bool:
        """Whether this user may look into a process that cannot be dumped."""
        return all(one.state == SEARCHED for one in self.findings if one.place == "process environment")

    def not_searched(self) -> list[str]:
        """Places that could not be searched."""
        return [finding.place for finding in self.findings if finding.state == NOT_SEARCHED]

    def _search_answers(self) -> None:
        for answer in self.caller.answers:
            self._search(f"answer to {answer.name}", answer.content, answer.may_say)

    def _search_messages(self) -> None:
        """Results may say what was said on that socket; nothing else may say anything."""
        for label, client in self.speakers.clients:
            texts = [one for one in client.messages if one["type"] in TEXTS]
            others = [one for one in client.messages if one["type"] not in TEXTS]
            self._search(f"results of {label}", _json(texts), {label})
            self._search(f"messages of {label}", _json(others), {RESUME_TOKEN})

    def _search(self, place: str, content: bytes, may_say: Iterable[str]) -> None:
        self.findings.append(Search(self.book.needles(may_say)).data(place, content))

    @property
    def _state(self) -> Path:
        return self.daemon.folder / ".local/state/alie"


def _json(content: object) -> bytes:
    return json.dumps(content).encode()
