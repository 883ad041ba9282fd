"""Access that ends while somebody dictates, on real daemons in real time: all kinds of ends at once."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred, gatherResults
from twisted.trial.unittest import TestCase

from tests.support.alie_command import alie
from tests.support.daemon import Daemon, start
from tests.support.page_calls import PageCalls, Speaker
from tests.support.page_calls import start as begin
from tests.support.whole_supabase import WholeSupabase

OWED_S = 60.0
REVOKED = "Access was revoked"
NEW_KEY = ("key", "new", "--clinic", "Parc", "--user")


class RevocationTests(TestCase):
    """Waits once, for everything."""

    timeout = 90

    async def supabase(self) -> dict[str, Speaker]:
        """Somebody who dictates for every way in which access ends, and for none."""
        project = WholeSupabase(self)
        north = project.clinic("North")
        people = {name: project.add(name) for name in ("removed", "banned", "signed-out", "untouched")}
        people["expelled"] = project.add("expelled", north)
        people["promoted"] = project.add("promoted", role="staff", clinic_id=north)
        people["changed"] = project.add("changed")
        page = PageCalls(await start(self, **project.settings, ALIE_MAX_SESSIONS="20").listening)
        project.auth.set_app_metadata(people["changed"].user_id, role="physician", clinic_id=north)
        speakers = {name: await dictating(page, project.token(person)) for name, person in people.items()}
        ids = {name: person.user_id for name, person in people.items()}
        project.auth.remove(ids["removed"])
        project.auth.ban(ids["banned"])
        project.auth.log_out(project.auth.session(ids["signed-out"]))
        project.auth.set_app_metadata(ids["changed"], role="staff", clinic_id=north)
        project.database.run("update memberships set active = false where user_id = %s", ids["expelled"])
        project.database.run("update memberships set role = 'admin' where user_id = %s", ids["promoted"])
        return speakers

    async def keys(self) -> tuple[Daemon, PageCalls, dict[str, Speaker]]:
        """A clinic with access keys, one of which is revoked by a command beside the daemon."""
        daemon = start(self, WS_REQUIRE_AUTH="true", AUTH_REQUIRED="true", ALIE_MAX_SESSIONS="20")
        page = PageCalls(await daemon.listening)
        texts = {name: (await alie(daemon, *NEW_KEY, name)).out.strip() for name in ("revoked", "good")}
        speakers = {name: await dictating(page, text) for name, text in texts.items()}
        ran = await alie(daemon, "key", "revoke", texts["revoked"].split("_")[1])
        self.assertEqual(ran.status, 0, ran.err)
        return daemon, page.signed_in(texts["revoked"]), speakers

    def test_all_kinds(self) -> Any:
        """Each ends, and says why; whoever is untouched goes on, and may go on speaking."""

        async def run() -> None:
            daemon, page, of_keys = await self.keys()
            of_project = await self.supabase()
            began_s = reactor.seconds()  # type: ignore[attr-defined]
            staying = {"untouched": of_project.pop("untouched"), "good": of_keys.pop("good")}
            ending = {**of_project, **of_keys}
            closing = gatherResults([speaker.closed for speaker in ending.values()])
            codes = await closing.addTimeout(OWED_S, reactor)
            for (name, speaker), code in zip(ending.items(), codes, strict=True):
                error = speaker.messages[-1]
                self.assertEqual((error["code"], error["error"]), ("AUTH_INVALID", REVOKED), name)
                self.assertEqual((code, speaker.reason), (1008, REVOKED), name)
            self.assertLess(reactor.seconds() - began_s, OWED_S)  # type: ignore[attr-defined]
            for name, speaker in staying.items():
                speaker.say("ping", id=name)
                await speaker.message("pong").addTimeout(OWED_S, reactor)
                self.assertNotIn("transcription_error", [message["type"] for message in speaker.messages], name)
            self.assertEqual(await begin(await page.dictate(), token=page.token), ["AUTH_INVALID", "1008"])
            self.assertEqual((await page.call("GET", "/api/profile")).status, 401)
            self.assertIn("session.revoke", (daemon.folder / ".local/state/alie/audit/audit.jsonl").read_text())

        return ensureDeferred(run())


async def dictating(page: PageCalls, token: str) -> Speaker:
    """Somebody who has begun to dictate."""
    speaker = await page.dictate()
    answer = await begin(speaker, token=token)
    if answer != ["stream_ready"]:
        raise AssertionError(answer)
    return speaker
