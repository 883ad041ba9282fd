"""Several daemons behind one nginx: where new dictations go, and where those come back to that were cut off."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.trial.unittest import TestCase

from alie.client import Back
from tests.production.site_case import ORIGIN, SETTINGS, answered, headers
from tests.support.daemon import Daemon, start
from tests.support.dictating_client import DictatingClient
from tests.support.recorder import Recorder
from tests.support.site import Site, trust
from tests.support.speaker import Speaker, words
from tests.support.whole_supabase import WholeSupabase

INSTANCES = (3001, 3002)


class InstancesCase(TestCase):
    """Two daemons, by their names, and nginx."""

    timeout = 400

    async def begin(self, *, are_both_listed: bool = True) -> tuple[Site, dict[int, Daemon]]:
        """Starts them, and does as the page says."""
        daemons = {name: start(self, **{**SETTINGS, "ALIE_INSTANCE": str(name)}) for name in INSTANCES}
        urls = {name: await daemon.listening for name, daemon in daemons.items()}
        site = Site(self, urls)
        if are_both_listed:
            await self.list_both(site)
        return site, daemons

    async def list_both(self, site: Site) -> None:
        """The commands of the page, and the reload that they order."""
        site.follow("Several instances")  # see tests/support/runbook.py
        await site.reload()

    async def dictation(self, site: Site) -> tuple[DictatingClient, dict[str, Any]]:
        """A dictation that may be taken up again, and its `stream_ready`; it is dropped when the test ends."""
        client = await site.connect()
        self.addCleanup(client.dropConnection, abort=True)
        client.say("start_transcription", languageCode="en-US", sampleRate=16000, ack=True, resume=True)
        return client, await client.message("stream_ready")

    async def come_back(self, site: Site, ready: dict[str, Any], path: str) -> dict[str, Any]:
        """Takes it up again at a path; what the server says to that."""
        client = await site.connect(path)
        self.addCleanup(client.dropConnection, abort=True)
        token = {"sessionId": ready["sessionId"], "resumeToken": ready["resumeToken"]}
        client.say("resume_transcription", **token, lastSeq=0)
        answers = [client.message("stream_resumed"), client.message("transcription_error")]
        found, _ = await DeferredList(answers, fireOnOneCallback=True)
        client.dropConnection(abort=True)
        return dict(found)


class WhereToTests(InstancesCase):
    """Which daemon a socket reaches."""

    def test_each_has_its_share(self) -> Deferred[None]:
        """A new dictation goes to the daemon with fewer of them."""

        async def check() -> None:
            site, _ = await self.begin()
            paths = [(await self.dictation(site))[1]["resumePath"] for _ in range(6)]
            self.assertEqual({path: paths.count(path) for path in set(paths)}, {"/ws/i/3001": 3, "/ws/i/3002": 3})

        return Deferred.fromCoroutine(check())

    def test_back_to_its_own(self) -> Deferred[None]:
        """The path that a dictation was told leads to the daemon that holds it; the other one's knows nothing of it."""

        async def check() -> None:
            site, _ = await self.begin()
            others = {"/ws/i/3001": "/ws/i/3002", "/ws/i/3002": "/ws/i/3001"}
            for _ in range(4):
                client, ready = await self.dictation(site)
                client.dropConnection(abort=True)
                said = await self.come_back(site, ready, others[ready["resumePath"]])
                self.assertEqual((said["type"], said["code"]), ("transcription_error", "SESSION_NOT_FOUND"))
                said = await self.come_back(site, ready, ready["resumePath"])
                self.assertEqual((said["type"], said["sessionId"]), ("stream_resumed", ready["sessionId"]))

        return Deferred.fromCoroutine(check())

    def test_one_is_down(self) -> Deferred[None]:
        """The other takes what is new, and begins anew what comes back, without a second of waiting."""

        async def check() -> None:
            site, daemons = await self.begin()
            _, ready = await self.dictation(site)
            while ready["resumePath"] != "/ws/i/3002":
                _, ready = await self.dictation(site)
            daemons[3002].stop("KILL")
            await daemons[3002].ended
            paths = [(await self.dictation(site))[1]["resumePath"] for _ in range(4)]
            self.assertEqual(set(paths), {"/ws/i/3001"})
            said = await self.come_back(site, ready, "/ws/i/3002")
            self.assertEqual((said["type"], said["code"]), ("transcription_error", "SESSION_NOT_FOUND"))
            line = await site.logged(lambda line: line["upstream_status"].startswith("502"))
            self.assertEqual(line["status"], 101)

        return Deferred.fromCoroutine(check())

    def test_one_is_full(self) -> Deferred[None]:
        """A daemon that answers an upgrade with 503 is passed over; what else is asked of it, it answers."""

        async def check() -> None:
            url = await start(self, **SETTINGS).listening
            full = Recorder(self, status=503)
            site = Site(self, {3001: url, 3002: full.url})
            await self.list_both(site)
            paths = [(await self.dictation(site))[1]["resumePath"] for _ in range(4)]
            self.assertEqual(set(paths), {"/ws/i/3001"})
            self.assertTrue([path for path, _ in full.requests if path == "/ws"])
            statuses = {(await site.curl("--include", "https://api.alie.app/health")).out[:12] for _ in range(6)}
            self.assertEqual({status[:6] for status in statuses}, {"HTTP/2"})
            self.assertTrue([path for path, _ in full.requests if path == "/health"])

        return Deferred.fromCoroutine(check())

    def test_no_other_port(self) -> Deferred[None]:
        """A name that is not on the list leads to some daemon, which says that it is another."""

        async def check() -> None:
            site, _ = await self.begin()
            client = await site.connect("/ws/i/22")
            self.addCleanup(client.dropConnection, abort=True)
            self.assertTrue(client.opened.called)
            client.dropConnection(abort=True)
            line = await site.logged(lambda line: line["path"] == "/ws/i/22")
            self.assertEqual(line["upstream_status"], "404 : 101")

        return Deferred.fromCoroutine(check())


class EveryWordTests(InstancesCase):
    """The daemon that holds a dictation is gone for good, in mid-sentence."""

    def test_the_other_goes_on(self) -> Deferred[None]:
        """Every word comes once, as if nothing had happened."""

        async def check() -> None:
            site, daemons = await self.begin()
            trust(self, site.certificate)
            whole = await Speaker().speak(f"{site.url}/ws")
            self.assertGreater(len(words(whole.client)), 25)

            def strike() -> None:
                daemons[int(str(disturbed.client.path).rpartition("/")[2])].stop("KILL")

            disturbed = Speaker(strike)
            await disturbed.speak(f"{site.url}/ws")
            self.assertEqual([back.is_anew for back in disturbed.backs], [True])
            self.assertIsInstance(disturbed.backs[0], Back)
            self.assertEqual(words(disturbed.client), words(whole.client))

        return Deferred.fromCoroutine(check())


class SharedSecretTests(InstancesCase):
    """What one daemon has signed."""

    def test_tickets(self) -> Deferred[None]:
        """Is good at the other where both have one secret, as the page says; else who was signed in is not."""

        async def check() -> None:
            project = WholeSupabase(self, "ES256")
            bearer = f"Authorization: Bearer {project.token(project.add('anne'))}"
            for secrets, type_ in ((("same", "same"), "stream_ready"), (("one", "other"), "transcription_error")):
                urls = {}
                for name, secret in zip(INSTANCES, secrets, strict=True):
                    own = {"ALIE_INSTANCE": str(name), "WS_JWT_SECRET": secret * 16, **project.settings}
                    urls[name] = await start(self, **{**SETTINGS, **own}).listening
                site = Site(self, urls)
                await self.list_both(site)
                said = headers(bearer, f"Origin: {ORIGIN}", "Host: api.alie.app")
                cookie = answered(await site.curl("--include", *said, f"{urls[3001]}/api/profile"))[1]["set-cookie"]
                told = {"Cookie": cookie.partition(";")[0], "Origin": ORIGIN}
                client = await site.connect("/ws/i/3002", said=told)
                self.addCleanup(client.dropConnection, abort=True)
                client.say("start_transcription", languageCode="en-US", sampleRate=16000)
                answers = [client.message("stream_ready"), client.message("transcription_error")]
                await DeferredList(answers, fireOnOneCallback=True)
                self.assertEqual(client.messages[1]["type"], type_)

        return Deferred.fromCoroutine(check())


class ReloadTests(InstancesCase):
    """nginx is told of another daemon while somebody dictates."""

    def test_goes_on(self) -> Deferred[None]:
        """The dictation stays with the workers that it began with, and new ones reach the new daemon at once."""

        async def check() -> None:
            site, _ = await self.begin(are_both_listed=False)
            client, ready = await self.dictation(site)
            _, other = await self.dictation(site)
            self.assertEqual((ready["resumePath"], other["resumePath"]), ("/ws/i/3001", "/ws/i/3001"))
            await self.list_both(site)
            paths = {(await self.dictation(site))[1]["resumePath"] for _ in range(2)}
            self.assertIn("/ws/i/3002", paths)
            client.say("ping", id="after")
            self.assertEqual((await client.message("pong"))["id"], "after")
            client.say("stop_transcription")
            await client.message("transcription_complete")
            self.assertEqual(await client.closed, 1000)

        return Deferred.fromCoroutine(check())
