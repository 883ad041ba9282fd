"""What the vendor's client writes, changes and deletes through the stand-in."""

from __future__ import annotations

from typing import Any

from tests.postgrest.notes import ANNA, BERT, NotesCase
from tests.support.postgrest_vendor import Chain

TITLE = ["select", "title"]


def notes(*chain: list[Any]) -> Chain:
    """A call on the table."""
    return [["from", "notes"], *chain]


class Inserts(NotesCase):
    """Rows come in with the database's defaults, or not at all."""

    async def test_one_and_many(self) -> None:
        quiet, one, many = await self.ask(
            notes(["insert", {"title": "Delta"}]),
            notes(["insert", {"title": "Epsilon", "body": {"x": None}}], ["select"], ["single"]),
            notes(["insert", [{"title": "Zeta"}, {"title": "Eta", "stars": 1}]], ["select", "title,stars"]),
        )
        self.assertEqual((quiet.status, quiet.data, quiet.error), (201, None, None))
        row = {name: one.data[name] for name in ("owner", "title", "stars", "body")}
        self.assertEqual((one.status, row), (201, {"owner": ANNA, "title": "Epsilon", "stars": 3, "body": {"x": None}}))
        # Many go by the columns that any of them has; what one lacks is null ...
        self.assertEqual(many.data, [{"title": "Zeta", "stars": None}, {"title": "Eta", "stars": 1}])

    async def test_missing_is_default(self) -> None:
        rows = [{"title": "Zeta"}, {"title": "Eta", "stars": 1}]
        told = await self.notes(["insert", rows, {"defaultToNull": False}], ["select", "title,stars"])
        self.assertEqual(told.data, [{"title": "Zeta", "stars": 3}, {"title": "Eta", "stars": 1}])

    async def test_count(self) -> None:
        told = await self.notes(["insert", [{"title": "Zeta"}, {"title": "Eta"}], {"count": "exact"}])
        self.assertEqual((told.status, told.count, told.data), (201, 2, None))

    async def test_refused(self) -> None:
        answers = await self.ask(
            notes(["insert", {"title": "Alpha"}]),
            notes(["insert", {"stars": 1}]),
            notes(["insert", {"title": "x" * 41}]),
            notes(["insert", {"title": "Zeta", "stars": "many"}]),
            notes(["insert", {"title": "Zeta", "colour": "red"}]),
            notes(["insert", {"title": "Zeta", "owner": BERT}]),
            notes(["insert", [{"title": "Zeta"}, {"title": "Alpha"}]], ["select"]),
        )
        codes = [(409, "23505"), (400, "23502"), (400, "23514"), (400, "22P02"), (400, "PGRST204"), (403, "42501")]
        self.assertEqual([(each.status, each.code) for each in answers], [*codes, (409, "23505")])
        self.assertEqual(
            answers[4].error["message"], "Could not find the 'colour' column of 'notes' in the schema cache"
        )
        self.assertEqual(self.project.database.run("select count(*) from notes"), [{"count": 4}])

    async def test_what_may_be_written_and_not_seen(self) -> None:
        """A letter goes in without a representation; with one it is refused, and is not there."""
        blind, seeing = await self.ask(
            [["from", "letters"], ["insert", {"text": "Dear"}]],
            [["from", "letters"], ["insert", {"text": "Dear"}], ["select"]],
        )
        self.assertEqual(((blind.status, blind.error), (seeing.status, seeing.code)), ((201, None), (403, "42501")))
        self.assertEqual(self.project.database.run("select count(*) from letters"), [{"count": 1}])


class Upserts(NotesCase):
    """What is there already is merged or left."""

    async def test_merges(self) -> None:
        conflict = {"onConflict": "owner,title"}
        old, new, by_key = await self.ask(
            notes(["upsert", {"title": "Alpha", "owner": ANNA, "stars": 1}, conflict], ["select", "id,stars"]),
            notes(["upsert", {"title": "New", "owner": ANNA, "stars": 2}, conflict], ["select", "stars"]),
            notes(["upsert", {"id": 2, "title": "Beta"}]),
        )
        self.assertEqual((old.status, old.data), (200, [{"id": 1, "stars": 1}]))
        self.assertEqual((new.status, new.data), (201, [{"stars": 2}]))
        self.assertEqual((by_key.status, by_key.error), (200, None))
        self.assertEqual(self.project.database.run("select title from notes where id = 2"), [{"title": "Beta"}])

    async def test_leaves(self) -> None:
        told = await self.notes(
            ["upsert", {"title": "Alpha", "stars": 1}, {"onConflict": "owner,title", "ignoreDuplicates": True}],
            ["select", "id"],
        )
        self.assertEqual((told.status, told.data), (201, []))
        self.assertEqual(self.project.database.run("select stars from notes where id = 1"), [{"stars": 5}])


class Updates(NotesCase):
    """Rows that may be seen and match are changed."""

    async def test_changes(self) -> None:
        quiet, full, none, one, nobody = await self.ask(
            notes(["update", {"stars": 2}], ["eq", "id", 1]),
            notes(["update", {"body": {"z": 1}}], ["in", "id", [1, 2]], ["select", "id,body"], ["order", "id"]),
            notes(["update", {"stars": 2}], ["eq", "id", 4], ["select"]),
            notes(["update", {"stars": None}], ["eq", "id", 1], ["select", "stars"], ["single"]),
            notes(["update", {"stars": 2}], ["eq", "id", 4], ["select"], ["single"]),
        )
        self.assertEqual((quiet.status, quiet.data), (204, None))
        self.assertEqual(sorted(row["id"] for row in full.data), [1, 2])
        self.assertEqual((none.status, none.data), (200, []))
        self.assertEqual((one.status, one.data), (200, {"stars": None}))
        self.assertEqual((nobody.status, nobody.code), (406, "PGRST116"))
        self.assertEqual(self.project.database.run("select stars from notes where id = 4"), [{"stars": 1}])

    async def test_more_than_one_is_none(self) -> None:
        """Where one row is asked for and more match, nothing is changed."""
        told = await self.notes(["update", {"stars": 0}], ["gt", "id", 0], ["select"], ["single"])
        self.assertEqual((told.status, told.code), (406, "PGRST116"))
        self.assertEqual(self.project.database.run("select count(*) from notes where stars = 0"), [{"count": 0}])

    async def test_refused(self) -> None:
        answers = await self.ask(
            notes(["update", {"stars": 2}]),
            notes(["update", {"owner": BERT}], ["eq", "id", 1]),
            notes(["update", {"colour": "red"}], ["eq", "id", 1]),
            notes(["update", {"title": "Gamma"}], ["eq", "id", 1]),
        )
        codes = [(400, "21000"), (403, "42501"), (400, "PGRST204"), (409, "23505")]
        self.assertEqual([(each.status, each.code) for each in answers], codes)

    async def test_count(self) -> None:
        told = await self.notes(["update", {"stars": 2}, {"count": "exact"}], ["lte", "id", 4])
        self.assertEqual((told.status, told.count), (204, 3))


class Deletions(NotesCase):
    """Rows that may be seen and match are deleted."""

    async def test_deletes(self) -> None:
        full, quiet, none, all_of_them = await self.ask(
            notes(["delete"], ["eq", "id", 1], TITLE),
            notes(["delete", {"count": "exact"}], ["eq", "id", 2]),
            notes(["delete"], ["eq", "id", 4], TITLE),
            notes(["delete"]),
        )
        self.assertEqual((full.status, full.data), (200, [{"title": "Alpha"}]))
        self.assertEqual((quiet.status, quiet.data, quiet.count), (204, None, 1))
        self.assertEqual((none.status, none.data), (200, []))
        self.assertEqual((all_of_them.status, all_of_them.code), (400, "21000"))
        self.assertEqual(self.project.database.run("select id from notes order by id"), [{"id": 3}, {"id": 4}])
