"""Requests with rare words and tokens in every part of them, and what was answered."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from tests.ambient.payloads import ours
from tests.support.canary_words import Book

TOO_MANY_BYTES = 2_200_000
SESSION_ID = "11111111-2222-4333-8444-555555555555"
_UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered.

    Attributes:
        name: of the request, for people.
        status: HTTP status.
        content: status line, headers and body.
        body: alone.
        may_say: labels of what the client sent itself and may be told again.
    """

    name: str
    status: int
    content: bytes
    body: bytes = field(repr=False)
    may_say: frozenset[str] = frozenset()

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Caller:
    """Sends requests, one after another. Blocks: for a thread.

    Args:
        url: of the daemon.
        book: makes up the words.

    Attributes:
        answers: all of them.
    """

    def __init__(self, url: str, book: Book) -> None:
        self.answers: list[Answer] = []
        self.book = book
        self._address = urlsplit(url).netloc

    def ask(
        self,
        name: str,
        path: str,
        method: str = "GET",
        body: object = None,
        headers: Mapping[str, str] | None = None,
        may_say: frozenset[str] = frozenset(),
    ) -> Answer:
        """One request on a connection of its own; a body that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection(self._address, timeout=20)
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if content is not None else {}
        try:
            try:
                connection.request(method, path, content, {**given, **(headers or {})})
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent; the answer has come
            response = connection.getresponse()
            upgraded = response.status == 101
            told = b"" if upgraded else response.read()
            head = f"{response.status} {response.reason}\n{response.headers}".encode()
        finally:
            connection.close()
        self.answers.append(Answer(name, response.status, head + told, told, may_say))
        return self.answers[-1]

    def tokens_everywhere(self, path: str = "/api/profile") -> None:
        """Bad ones, wherever a token may be put, and rare words wherever else something is read."""
        book = self.book
        for kind in ("Bearer", "Basic", ""):
            self.ask(f"authorization {kind}", path, headers={"Authorization": f"{kind} {book.token(f'{kind} token')}"})
        self.ask("cookie", path, headers={"Cookie": f"__Host-alie_ticket={book.token('cookie')}"})
        for name in ("X-User-Id", "X-Correlation-Id", "User-Agent", "Referer", "X-Forwarded-For", "apikey"):
            self.ask(name, path, headers={name: book.word(f"header {name}")})
        self.ask("host", path, headers={"Host": f"{book.word('Host')}.example"})
        self.ask("origin", path, headers={"Origin": f"https://{book.word('Origin')}.example"})
        self.ask("preflight", path, "OPTIONS", headers={"Origin": f"https://{book.word('Origin')}.example"})
        for where in ("/ws", "/api/profile", "/api/config", f"/{book.word('path')}", f"/api/{book.word('path')}"):
            self.ask(f"query of {where[:4]}", f"{where}?ws_token={book.token('in a URL')}&q={book.word('query')}")
        self.ask("upgrade", f"/ws?ws_token={book.token('of an upgrade')}", headers=_UPGRADE)
        cookie = {"Cookie": f"__Host-alie_ticket={book.token('cookie of an upgrade')}"}
        self.ask("upgrade by ticket", "/ws", headers={**_UPGRADE, **cookie, "Origin": "http://localhost:5173"})
        self.ask("ws-token", "/api/auth/ws-token", "POST", {}, {"Authorization": f"Bearer {book.token('for ws')}"})
        self.ask("method", path, book.word("method").upper())

    def errors(self, headers: Mapping[str, str]) -> None:
        """Bodies that cannot be taken."""
        book = self.book
        paths = ("/api/sessions", "/api/cases", "/api/transcribe/process", "/api/feedback")
        for path in paths:
            self.ask(f"no JSON {path}", path, "POST", f'{{"x": "{book.phrase("no JSON")}'.encode(), headers)
            self.ask(f"wrong {path}", path, "POST", {book.word("field"): book.phrase("wrong body")}, headers)
            large = book.word("large body").encode()
            self.ask(f"too large {path}", path, "POST", large * (TOO_MANY_BYTES // len(large)), headers)
        self.ask("bad id", f"/api/sessions/{quote(book.phrase('id'))}", headers=headers)
        self.ask("bad query", f"/api/cases?limit={book.word('limit')}&sort={book.word('sort')}", headers=headers)
        self.ask("profile", "/api/profile", "PATCH", {"locale": book.word("locale")}, headers)
        self.ask("broken consultation", "/api/transcribe/process", "POST", self._talk("broken", is_good=False), headers)

    def use(self, headers: Mapping[str, str]) -> None:
        """What users do: some of it is saved, some is not."""
        book = self.book
        say = book.save("saved session")
        saved = self.ask(
            "save", "/api/sessions", "POST", {"sectionId": "section_7", "transcript": say}, headers,
            frozenset({"saved session"}),
        )  # fmt: skip
        session_id = saved.json["id"]
        self.ask("saved", f"/api/sessions/{session_id}", headers=headers)
        name = {"name": book.save("case name")}
        case = self.ask("case", "/api/cases", "POST", name, headers, frozenset({"case name"}))
        path = f"/api/cases/{case.json['data']['id']}"
        commit = {"sessionId": session_id, "finalText": book.save("committed text")}
        self.ask("commit", f"{path}/sections/section_7/commit", "POST", commit, headers)
        self.ask("read case", path, headers=headers, may_say=frozenset({"case name", "committed text"}))
        change = {"display_name": book.save("profile name")}
        self.ask("profile", "/api/profile")
        self.ask("rename", "/api/profile", "PATCH", change, headers, frozenset({"profile name"}))
        self._feedback(headers)
        self._consult(headers, session_id)

    def _feedback(self, headers: Mapping[str, str]) -> None:
        content = {"content": {"text": self.book.save("feedback")}}
        self.ask("feedback", "/api/feedback", "POST", content, headers, frozenset({"feedback"}))
        self.book.deleted.add("deleted feedback")
        content = {"content": {"text": self.book.phrase("deleted feedback")}}
        mine = frozenset({"deleted feedback"})
        kept = self.ask("more feedback", "/api/feedback", "POST", content, headers, mine)
        self.ask("deletion", f"/api/feedback/{kept.json['id']}", "DELETE", headers=headers)

    def _consult(self, headers: Mapping[str, str], saved_id: str) -> None:
        """Once of a session that is nowhere saved, once of one that is."""
        self.book.saved.add("saved consultation")
        for label, session_id in (("consultation", SESSION_ID), ("saved consultation", saved_id)):
            body = {**self._talk(label), "sessionId": session_id}
            self.ask(label, "/api/transcribe/process", "POST", body, headers, frozenset({label}))

    def _talk(self, label: str, *, is_good: bool = True) -> dict[str, object]:
        one, other = self.book.word(label), self.book.word(label)
        heard = ours(("a", one), ("a", "."), ("b", other), ("b", "?"))
        raw: object = heard if is_good else json.dumps(heard)[:-9]
        fields = {"sessionId": SESSION_ID, "modeId": "ambient", "language": "fr", "section": "section_7"}
        return {**fields, "rawAwsJson": raw}

    def look_around(self, when: str) -> None:
        """What everybody, or a monitor, may read."""
        for path in ("/health", "/healthz", "/readyz", "/metrics", "/api/config", "/api/openapi.json", "/"):
            self.ask(f"{path} {when}", path)
