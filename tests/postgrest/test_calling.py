"""What the vendor's client calls through the stand-in, and as whom."""

from __future__ import annotations

import time
from typing import Any

from tests.postgrest.notes import ANNA, BERT, NotesCase
from tests.support.postgrest_project import sign, token_of
from tests.support.postgrest_vendor import Chain

NOTES = [["from", "notes"], ["select", "id"], ["order", "id"]]


def rpc(name: str, arguments: dict[str, Any], *chain: Any, **options: Any) -> Chain:
    """A call of a function."""
    return [["rpc", name, arguments, options], *chain]


class Functions(NotesCase):
    """Functions give values, rows, or nothing."""

    async def test_results(self) -> None:
        answers = await self.ask(
            rpc("add_numbers", {"a": 1, "b": 2}),
            rpc("add_numbers", {"a": 1}),
            rpc("add_numbers", {"a": 1}, get=True),
            rpc("my_notes", {"p_stars": 1}, ["select", "id"]),
            rpc("my_notes", {"p_stars": 1}, ["select", "id"], ["eq", "id", 2], ["single"]),
            rpc("my_notes", {"p_stars": 1}, ["select", "id"], ["order", "id", {"ascending": False}], ["limit", 1]),
            rpc("first_note", {}, ["select", "id"]),
            rpc("pair", {"p": {"x": [1, "y"]}}),
            rpc("do_nothing", {}),
        )
        self.assertEqual([each.error for each in answers], [None] * 9)
        self.assertEqual([each.status for each in answers], [200] * 8 + [204])
        self.assertEqual(
            [each.data for each in answers],
            [
                3,
                11,
                11,
                [{"id": 1}, {"id": 2}],
                {"id": 2},
                [{"id": 2}],
                {"id": 1},
                [{"key": "x", "value": [1, "y"]}],
                None,
            ],
        )

    async def test_json(self) -> None:
        """A function's JSON is the answer as it is, null included."""
        values: list[Any] = [{"a": [1, None]}, [1], "text", None]
        answers = await self.ask(*(rpc("as_json", {"p_value": each}) for each in values))
        self.assertEqual([(each.status, each.data) for each in answers], [(200, each) for each in values])

    async def test_changes(self) -> None:
        """A function's changes stay when it is posted; read, it may make none."""
        posted, read = await self.ask(
            rpc("add_note", {"p_title": "By call"}, ["select", "owner,title"]),
            rpc("add_note", {"p_title": "By get"}, get=True),
        )
        self.assertEqual((posted.status, posted.data), (200, {"owner": ANNA, "title": "By call"}))
        self.assertEqual((read.status, read.code), (405, "25006"))

    async def test_refused(self) -> None:
        answers = await self.ask(
            rpc("nothing", {}),
            rpc("add_numbers", {"b": 1}),
            rpc("add_numbers", {"a": 1, "c": 1}),
            rpc("add_numbers", {"a": "one"}),
            *(rpc("fail", {"p_state": state}) for state in ("P0001", "P0002", "42501", "PT418", "40001", "57014")),
        )
        self.assertEqual(
            [(each.status, each.code) for each in answers],
            [(404, "PGRST202")] * 3
            + [(400, "22P02"), (400, "P0001"), (500, "P0002"), (403, "42501"), (418, "PT418")]
            + [(500, "40001"), (500, "57014")],
        )
        self.assertEqual(answers[4].error, {"code": "P0001", "message": "No", "details": "why", "hint": "how"})


class Callers(NotesCase):
    """Who asks is who the token says; the key alone is nobody."""

    async def test_users(self) -> None:
        (own,) = await self.ask(NOTES)
        (others,) = await self.ask(NOTES, token=token_of(BERT))
        (nobody,) = await self.ask(NOTES, token=None)
        self.assertEqual([[row["id"] for row in each.data] for each in (own, others, nobody)], [[1, 2, 3], [4], []])

    async def test_tokens(self) -> None:
        tokens = [
            token_of(ANNA, exp=int(time.time()) - 60),
            token_of(ANNA, nbf=int(time.time()) + 60),
            sign("another secret that is long enough, too", sub=ANNA, role="authenticated"),
            "no token",
            token_of(ANNA, role="postgres"),
            token_of(ANNA, role="service_role_of_mine"),
        ]
        answers = [(await self.ask(NOTES, token=each))[0] for each in tokens]
        self.assertEqual([each.status for each in answers], [401, 401, 401, 401, 403, 403])
        codes = ["PGRST303", "PGRST303", "PGRST301", "PGRST301", "42501", "42501"]
        self.assertEqual([each.code for each in answers], codes)

    async def test_anonymous_is_told_to_say_who(self) -> None:
        """What nobody may do is 401, what a user may not 403."""
        secrets: Chain = [["from", "secrets"], ["select"]]
        (nobody,) = await self.ask(secrets, token=None)
        (user,) = await self.ask(secrets)
        self.assertEqual([(each.status, each.code) for each in (nobody, user)], [(401, "42501"), (403, "42501")])

    async def test_key(self) -> None:
        """The gateway wants the project's key, whatever the token."""
        (told,) = await self.ask(NOTES, api_key="sb_publishable_of_others")
        self.assertEqual((told.status, told.error["message"]), (401, "Invalid API key"))
        self.assertEqual(self.project.stand_in.asked, [])
