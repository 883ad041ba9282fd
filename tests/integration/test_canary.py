"""The canary: rare words and tokens go through a real daemon in every way; afterwards they are nowhere.

And where something is planted that leaves them somewhere, the same walk says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from alie.canary.phrases import distinctive
from tests.support.canary_speech import FAULTS
from tests.support.canary_walk import LOCKED, Walk
from tests.support.dictating_client import connect, speech

CLIP = "en-02-conf-invalid"
CLIP = "en-02-conf-invalid"
JWT_SECRET = "a-secret-of-this-test-and-of-nothing-else"
USER_ID = "33333333-2222-4333-8444-555555555555"
STATE = ".local/state/alie"
# What a daemon leaves, and nothing else: a file more would be one that somebody has to know of.
STATUSES = {
    "save": 201,
    "commit": 200,
    "consultation": 200,
    "saved consultation": 200,
    "deletion": 200,
    "broken consultation": 400,
    "no JSON /api/sessions": 400,
    "too large /api/sessions": 413,
    "revoked key": 401,
    "host": 403,
    "origin": 403,
}
LEFT = {f"{STATE}/{name}" for name in ("alie.db", "audit.key", "audit.pub", "audit/audit.jsonl", "audit/audit.lock")}


class CanaryTestCase(TestCase):
    """What is said of a walk."""

    timeout = 90

    def assert_clean(self, walk: Walk) -> None:
        """Nothing was found, and every place was searched; no file is there that should not be."""
        self.assertEqual(walk.found(), [])
        hidden = {"process environment", "deleted files it has open", "core dumps"}
        missed = set(walk.not_searched())
        self.assertEqual(missed, set() if walk.sees_process else hidden & missed)
        self.assertEqual(walk.temporary_files, [])
        self.assertEqual(walk.files() - LEFT, set())
        self.assertNotIn("Traceback", walk.log)


class EveryWayTests(CanaryTestCase):
    """With access keys and the simulated engine."""

    def test_nothing_is_left(self) -> Deferred[None]:
        """Not of dictations that went well or badly, not of tokens, not of what REST refused."""

        async def check() -> None:
            walk = Walk(self)
            await walk.begin()
            await walk.speak(walk.key("good key"))
            await walk.search()
            self.assert_clean(walk)
            self.assertEqual(walk.saved_is_seen(), walk.book.saved)
            self.assertEqual(walk.struck(), {fault.kind.name for fault in FAULTS.values()})
            self.assertEqual(STATUSES.items() - walk.statuses().items(), set())
            self.assertGreater(walk.tables()["audit_logs"], 20)

        return Deferred.fromCoroutine(check())

    def test_embedded_engine_and_nobody_known(self) -> Deferred[None]:
        """Real speech, of which the words that come back are looked for; tokens that nobody has asked for."""

        async def check() -> None:
            walk = Walk(self)
            await walk.begin_embedded({})
            calls = deferToThread(walk.caller.tokens_everywhere)
            client = await connect(walk.url)
            client.say("start_transcription", languageCode="en-US", words=True, token=walk.book.token("unasked token"))
            await client.message("stream_ready")
            client.speak(walk.book.audio("speech", speech(CLIP)))
            client.say("stop_transcription")
            await client.closed
            await calls
            phrases = distinctive(client.text)
            self.assertGreater(len(phrases), 2, client.text)
            for phrase in phrases:
                walk.book.known("what was heard", phrase)
            walk.speakers.clients.append(("what was heard", client))
            await walk.search()
            self.assert_clean(walk)

        return Deferred.fromCoroutine(check())


class SupabaseTests(CanaryTestCase):
    """A project that cannot be reached."""

    def test_unreachable(self) -> Deferred[None]:
        """Tokens that are good, of keys that nobody can fetch, and bad ones; in headers, messages and cookies."""

        async def check() -> None:
            with socket.socket() as closed:
                closed.bind(("127.0.0.1", 0))
                project = f"http://127.0.0.1:{closed.getsockname()[1]}"
                walk = Walk(self)
                settings = {**LOCKED, "SUPABASE_URL": project, "SUPABASE_JWT_SECRET": JWT_SECRET}
                await walk.begin_embedded({**settings, "SUPABASE_ANON_KEY": "sb_publishable_of_this_test"})
                tokens = [signed(walk, project), walk.book.token("forged token"), keyed(walk)]
                await deferToThread(self.call, walk, tokens)
                for token in tokens:
                    client = await connect(walk.url)
                    walk.speakers.clients.append(("", client))
                    client.say("start_transcription", languageCode="en-US", token=token)
                    client.say("authenticate", token=token)
                    client.say("ping")
                    await DeferredList([client.message("pong"), client.closed], fireOnOneCallback=True)
                    client.dropConnection(abort=True)
                    await client.closed
                await walk.search()
            self.assert_clean(walk)
            self.assertGreaterEqual(walk.statuses()["/api/sessions of 0"], 500)

        return Deferred.fromCoroutine(check())

    def call(self, walk: Walk, tokens: list[str]) -> None:
        """REST, with each."""
        walk.caller.look_around("before")
        for number, token in enumerate(tokens):
            headers = {"Authorization": f"Bearer {token}"}
            body = {"sectionId": "section_7", "transcript": walk.book.phrase("what cannot be saved")}
            walk.caller.ask(f"/api/sessions of {number}", "/api/sessions", "POST", body, headers)
            for path in ("/api/profile", "/api/cases", "/api/clinics", "/api/db/ping"):
                walk.caller.ask(path, path, headers=headers)
            walk.caller.ask("ws-token", "/api/auth/ws-token", "POST", {}, headers)
        walk.caller.tokens_everywhere()


def signed(walk: Walk, project: str) -> str:
    """A token that is good as far as this server can tell, with a rare e-mail."""
    claims = {"iss": f"{project}/auth/v1", "aud": "authenticated", "role": "authenticated", "sub": USER_ID}
    times = {"iat": int(time.time()), "exp": int(time.time()) + 3600}
    payload = {**claims, **times, "session_id": USER_ID, "app_metadata": {}, "email": walk.book.email("good token")}
    text = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, payload))
    signature = hmac.new(JWT_SECRET.encode(), text.encode(), hashlib.sha256).digest()
    return walk.book.known("good token", f"{text}.{encoded(signature)}")


def keyed(walk: Walk) -> str:
    """A token whose key would have to be fetched."""
    header = {"alg": "ES256", "typ": "JWT", "kid": walk.book.word("fetched kid")}
    claims = {"sub": USER_ID, "email": walk.book.email("keyed token"), "exp": int(time.time()) + 3600}
    parts = [encoded(json.dumps(part).encode()) for part in (header, claims)]
    return walk.book.known("keyed token", ".".join([*parts, encoded(bytes(range(64)))]))


def encoded(data: bytes) -> str:
    """For a JWT."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class FaultTests(CanaryTestCase):
    """A daemon with a fault in it."""

    def test_exception_that_quotes(self) -> Deferred[None]:
        """The client is told of an internal error, and the log where it was; neither has the text."""

        async def check() -> None:
            walk = Walk(self, "fail")
            await walk.begin()
            client = await walk.speakers.one(walk.url, walk.key("good key"))
            self.assertEqual(client.messages[-1]["code"], "INTERNAL")
            await walk.search()
            self.assertEqual(walk.found(), [])
            self.assertIn("canary_plants.py", walk.log)
            self.assertIn("builtins.ValueError", walk.log)
            self.assertIn("because of builtins.KeyError", walk.log)

        return Deferred.fromCoroutine(check())

    def test_planted(self) -> Deferred[None]:
        """A text that is printed, a token that is printed, a frame that is kept: each is found, where it is."""

        async def check() -> None:
            walk = Walk(self, "text", "token", "audio")
            await walk.begin()
            await walk.speakers.one(walk.url, walk.key("good key"))
            await walk.search()
            found = {finding.place: finding.detail for finding in walk.found()}
            self.assertEqual(set(found), {"journal", "files"}, found)
            for label in ("words before ambient as text in journal", "good key as text in journal"):
                self.assertIn(label, found["journal"])
            self.assertIn(f"sound of ambient as bytes in {walk.daemon.folder}/tmp", found["files"])
            self.assertNotIn("zy", "".join(found.values()).replace(str(walk.daemon.folder), ""))

        return Deferred.fromCoroutine(check())
