"""The grammar of the stand-in, where the vendor's client cannot say it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.support.postgrest_errors import Refused, status_of
from tests.support.postgrest_request import Filter, Ordered, Preferences, read_filter, read_preferences, read_query


class Grammar(SynchronousTestCase):
    """A query is read as PostgREST's documentation has it."""

    def test_filters(self) -> None:
        for text, expected in (
            ("eq.a,b.(c)", Filter("x", "eq", ("a,b.(c)",))),
            ('eq."a"', Filter("x", "eq", ('"a"',))),
            ("not.in.(1,2)", Filter("x", "in", ("1", "2"), True)),
            (r'in.("a,b","say \"x\" \\",c)', Filter("x", "in", ("a,b", 'say "x" \\', "c"))),
            ("in.()", Filter("x", "in", ())),
            ("is.NULL", Filter("x", "is", ("NULL",))),
        ):
            self.assertEqual(read_filter("x", text), expected)

    def test_what_is_not_of_it(self) -> None:
        for name, text in (
            ("x", "a"),
            ("x", "is.maybe"),
            ("x", "in.1"),
            ("x", 'in.("a"b)'),
            ("x->y", "eq.1"),
            ("or", "(a.eq.1,b.eq.2)"),
            ('x"; drop', "eq.1"),
        ):
            self.assertRaises(Refused, read_filter, name, text)
        for pairs in ([("select", "a(b)")], [("order", "a.up")], [("limit", "-1")], [("offset", "x")]):
            self.assertRaises(Refused, read_query, pairs, {})

    def test_order_and_range(self) -> None:
        query = read_query([("order", "a.desc.nullslast,b")], {"range": "5-14"})
        self.assertEqual(query.order, (Ordered("a", True, "last"), Ordered("b")))
        self.assertEqual((query.limit, query.offset), (10, 5))
        query = read_query([("limit", "3")], {"range": "5-14"})
        self.assertEqual((query.limit, query.offset), (3, 0))
        self.assertRaises(Refused, read_query, [], {"range": "5-4"})

    def test_preferences(self) -> None:
        told = read_preferences("return=representation, count=exact,resolution=merge-duplicates, missing=default")
        self.assertEqual(told, Preferences("representation", True, "merge-duplicates", True))
        self.assertEqual(read_preferences("return=minimal, return=representation").returns, "minimal")


class Statuses(SynchronousTestCase):
    """The status of PostgreSQL's errors is that of PostgREST's table."""

    def test_table(self) -> None:
        for sqlstate, expected in (
            ("08006", 503),
            ("22P02", 400),
            ("23505", 409),
            ("25006", 405),
            ("25001", 500),
            ("42883", 404),
            ("42703", 400),
            ("53300", 503),
            ("53400", 500),
            ("57014", 500),
            ("57P01", 503),
            ("P0001", 400),
            ("P0002", 500),
            ("PT402", 402),
            ("XX000", 500),
        ):
            self.assertEqual(status_of(sqlstate, True), expected, sqlstate)
        self.assertEqual([status_of("42501", each) for each in (True, False)], [403, 401])
