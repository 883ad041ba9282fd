"""What the vendor's client reads through the stand-in."""

from __future__ import annotations

from typing import Any

from tests.postgrest.notes import NotesCase
from tests.support.postgrest_vendor import Chain

TITLES = ["select", "title"]
BY_ID = ["order", "id"]


def notes(*chain: list[Any]) -> Chain:
    """A call on the table."""
    return [["from", "notes"], *chain]


class Rows(NotesCase):
    """Rows and their values are those of PostgreSQL's JSON."""

    async def test_values(self) -> None:
        (told,) = await self.ask(notes(["select"], ["eq", "id", 1]))
        self.assertEqual((told.status, told.error, told.count), (200, None, None))
        (row,) = told.data
        self.assertEqual(
            {name: row[name] for name in ("id", "stars", "price", "is_read", "body", "written")},
            {
                "id": 1,
                "stars": 5,
                "price": 1.5,
                "is_read": True,
                "body": {"a": [1, 2]},
                "written": "2025-03-04T05:06:07.25",
            },
        )

    async def test_columns_aliases_and_casts(self) -> None:
        (told,) = await self.ask(notes(["select", "name:title, stars::text"], ["eq", "id", 1]))
        self.assertEqual(told.data, [{"name": "Alpha", "stars": "5"}])

    async def test_one_row(self) -> None:
        by_id = [notes(TITLES, ["eq", "id", each], [way]) for way in ("single", "maybeSingle") for each in (1, 9)]
        several = [notes(TITLES, [way]) for way in ("single", "maybeSingle")]
        one, no_one, maybe, no_maybe, too_many, too_many_maybe = await self.ask(*by_id, *several)
        self.assertEqual([one.data, maybe.data], [{"title": "Alpha"}] * 2)
        self.assertEqual((no_maybe.data, no_maybe.error), (None, None))
        self.assertEqual([each.code for each in (no_one, too_many, too_many_maybe)], ["PGRST116"] * 3)
        self.assertEqual([each.status for each in (no_one, too_many)], [406, 406])
        self.assertEqual(no_one.error["details"], "The result contains 0 rows")


class Filters(NotesCase):
    """Filters mean what they do at PostgREST."""

    async def test_each(self) -> None:
        table: list[tuple[list[Any], list[int]]] = [
            (["eq", "title", "Beta, b"], [2]),
            (["neq", "stars", 5], [2]),
            (["gt", "stars", 4], [1]),
            (["gte", "stars", 4], [1, 2]),
            (["lt", "price", 1], [3]),
            (["lte", "price", 1.5], [1, 3]),
            (["like", "title", "%mm%"], [3]),
            (["like", "title", "*mm*"], [3]),
            (["ilike", "title", "alph_"], [1]),
            (["is", "stars", None], [3]),
            (["is", "is_read", True], [1]),
            (["not", "stars", "is", None], [1, 2]),
            (["not", "id", "eq", 1], [2, 3]),
            (["in", "title", ["Beta, b", "Gamma"]], [2, 3]),
            (["in", "id", []], []),
            (["in", "id", [3, 1]], [1, 3]),
            (["match", {"stars": 5, "is_read": True}], [1]),
            (["gte", "written", "2025-03-04T05:06:07.250Z"], [1, 2, 3]),
            (["eq", "title", "eq.x&select=*"], []),
        ]
        answers = await self.ask(*(notes(["select", "id"], each, BY_ID) for each, _ in table))
        for (chain, expected), told in zip(table, answers, strict=True):
            self.assertEqual(([row["id"] for row in told.data or ()], told.error), (expected, None), chain)

    async def test_what_is_wrong(self) -> None:
        answers = await self.ask(
            notes(["select", "nothing"]),
            notes(["select"], ["eq", "nothing", 1]),
            notes(["select"], ["eq", "id", "one"]),
            notes(["select"], ["filter", "id", "near", 1]),
            notes(["select"], ["order", "nothing"]),
            [["from", "nothings"], ["select"]],
            [["from", "secrets"], ["select"]],
        )
        self.assertEqual(
            [(each.status, each.code) for each in answers],
            [
                (400, "42703"),
                (400, "42703"),
                (400, "22P02"),
                (400, "PGRST100"),
                (400, "42703"),
                (404, "PGRST205"),
                (403, "42501"),
            ],
        )
        self.assertEqual(answers[5].error["message"], "Could not find the table 'public.nothings' in the schema cache")


class Pages(NotesCase):
    """Order, limit, range and count."""

    async def test_order_and_limit(self) -> None:
        answers = await self.ask(
            notes(TITLES, ["order", "stars", {"ascending": False, "nullsFirst": False}], ["order", "id"]),
            notes(TITLES, ["order", "stars", {"ascending": False}]),
            notes(TITLES, BY_ID, ["limit", 1]),
            notes(TITLES, BY_ID, ["range", 1, 2]),
        )
        titles = [[row["title"][0] for row in each.data] for each in answers]
        self.assertEqual(titles, [["A", "B", "G"], ["G", "A", "B"], ["A"], ["B", "G"]])

    async def test_count(self) -> None:
        exact = {"count": "exact"}
        answers = await self.ask(
            notes(["select", "id", exact]),
            notes(["select", "id", exact], BY_ID, ["range", 0, 1]),
            notes(["select", "*", {**exact, "head": True}]),
            notes(["select", "*", {**exact, "head": True}], ["eq", "id", 9]),
            notes(["select", "id", exact], ["range", 3, 4]),
            notes(["select", "id", exact], ["range", 4, 5]),
            notes(["select", "id"], ["range", 4, 5]),
        )
        self.assertEqual([each.status for each in answers], [200, 206, 200, 200, 206, 416, 200])
        self.assertEqual([each.count for each in answers], [3, 3, 3, 0, 3, None, None])
        self.assertEqual([each.data and len(each.data) for each in answers], [3, 2, None, None, [], None, []])
        self.assertEqual(answers[5].code, "PGRST103")
