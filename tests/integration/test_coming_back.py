"""A connection that is cut, a daemon that is killed, in mid-sentence: the transcript is that of an undisturbed run."""

from __future__ import annotations

import time

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import TestCase

from alie.cli.address import parse
from alie.cli.link import connect
from alie.client import Back, StartRequest, Told, TranscriptionClient
from alie.server_messages import Authenticated
from tests.support.daemon import start
from tests.support.relay import Relay
from tests.support.speaker import Speaker, words
from tests.support.whole_supabase import WholeSupabase

# Of times that an engine reads from speech: it may have heard it in other pieces.
CLOSE_S = 0.5


class ComingBackTests(TestCase):
    """With the engine that ships with Alie, and a real recording."""

    timeout = 180

    def test_every_word_once(self) -> Deferred[None]:
        """After a cut the session goes on; after kill -9 a new daemon at the same place begins one."""

        async def check() -> None:
            daemon = start(self)
            url = await daemon.listening
            whole = await Speaker().speak(url)
            self.assertGreater(len(words(whole.client)), 25)
            relay = Relay(self, url)
            resumed = await Speaker(lambda: Deferred.fromCoroutine(relay.cut()), relay.mend).speak(relay.url)
            self.judge(resumed, whole, is_anew=False)
            port = url.rpartition(":")[2]
            anew = await Speaker(lambda: daemon.stop("KILL"), lambda: start(self, PORT=port)).speak(url)
            self.judge(anew, whole, is_anew=True)

        return Deferred.fromCoroutine(check())

    def judge(self, disturbed: Speaker, whole: Speaker, *, is_anew: bool) -> None:
        """It came back once, as it had to; and nobody sees from the text that it was away."""
        self.assertEqual([back.is_anew for back in disturbed.backs], [is_anew])
        self.assertEqual(words(disturbed.client), words(whole.client))
        self.assertEqual(disturbed.client.completed, whole.client.completed)
        for mine, other in zip(disturbed.client.finals, whole.client.finals, strict=True):
            self.assertLess(abs(mine.start_s - other.start_s), CLOSE_S)
            self.assertLess(abs(mine.end_s - other.end_s), CLOSE_S)


class TokenTests(TestCase):
    """Where a token is owed."""

    timeout = 60

    def test_renewed_and_shown_again(self) -> Deferred[None]:
        """One that expires is renewed; the new one opens the next socket, too, and the same user goes on."""

        async def check() -> None:
            project = WholeSupabase(self, "ES256")
            anne = project.add("anne")
            url = await start(self, **project.settings).listening
            told: list[Told] = []
            now = int(time.time())
            request = StartRequest("en-US", token=project.token(anne, iat=now, exp=now + 100), wants_resume=True)
            client = TranscriptionClient(request)
            newer = project.token(anne)
            link = await connect(reactor, parse(url), client, told.append, lambda: succeed(newer))
            try:
                await link.start()
                await link.until(lambda: Authenticated() in told)
                self.assertEqual(client.renewal.token, newer)
                link.cut()
                await link.until(lambda: any(isinstance(one, Back) for one in told))
                self.assertIn(Back(is_anew=False, place_s=0.0), told)
                await link.finish()
            finally:
                await link.close()
            self.assertEqual(client.troubles, [])

        return Deferred.fromCoroutine(check())
