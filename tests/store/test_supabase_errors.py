"""What PostgREST's refusals mean."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie import errors
from alie.store.supabase_errors import code_of, error_of
from alie.supabase import SupabaseAnswer

PATIENT = 'null value in column "patient_id" of relation "sessions" violates not-null constraint'


def refused(status: int, code: str | None, message: str = "No") -> SupabaseAnswer:
    """An answer of PostgREST."""
    return SupabaseAnswer(status, {}, {"code": code, "message": message, "details": "secret", "hint": None})


class Meanings(SynchronousTestCase):
    """Each refusal has one meaning, and tells nothing of itself."""

    TABLE: tuple[tuple[int, str | None, str, type[errors.AlieError]], ...] = (
        (401, "PGRST303", "JWT expired", errors.AuthExpired),
        (401, "PGRST301", "JWT expired", errors.AuthExpired),  # until version 12
        (401, "PGRST301", "No suitable key or wrong key type", errors.AuthInvalid),
        (401, "PGRST302", "Anonymous access is disabled", errors.AuthInvalid),
        (401, "PGRST303", "JWT not in audience", errors.AuthInvalid),
        (401, "42501", "permission denied for table profiles", errors.AuthRequired),
        (401, None, "Invalid API key", errors.DatabaseError),
        (406, "PGRST116", "Cannot coerce the result to a single JSON object", errors.NotFound),
        (404, "PGRST202", "Could not find the function", errors.DatabaseNotMigrated),
        (400, "PGRST204", "Could not find the column", errors.DatabaseNotMigrated),
        (404, "PGRST205", "Could not find the table", errors.DatabaseNotMigrated),
        (404, "42P01", 'relation "public.cases" does not exist', errors.DatabaseNotMigrated),
        (400, "42703", "column x does not exist", errors.DatabaseNotMigrated),
        (404, "42883", "operator does not exist: character varying = uuid", errors.DatabaseNotMigrated),
        (403, "42501", "permission denied for table sessions", errors.DatabaseNotMigrated),
        (400, "23502", PATIENT, errors.DatabaseNotMigrated),
        (409, "23503", 'violates foreign key constraint "sessions_user_id_fkey"', errors.DatabaseNotMigrated),
        (400, "23514", 'violates check constraint "sessions_section_check"', errors.DatabaseNotMigrated),
        (400, "23514", 'violates check constraint "alie_mode"', errors.ValidationFailed),
        (400, "22P02", 'invalid input syntax for type uuid: "x"', errors.ValidationFailed),
        (400, "22001", "value too long for type character varying(255)", errors.ValidationFailed),
        (409, "23505", 'duplicate key value violates unique constraint "profiles_pkey"', errors.Conflict),
        (403, "42501", 'new row violates row-level security policy for table "cases"', errors.DatabaseError),
        (503, "PGRST001", "Database client error. Retrying the connection.", errors.DatabaseUnavailable),
        (503, "PGRST002", "Could not query the database for the schema cache", errors.DatabaseUnavailable),
        (504, "PGRST003", "Timed out acquiring connection", errors.DatabaseUnavailable),
        (500, "57014", "canceling statement due to statement timeout", errors.DatabaseUnavailable),
        (500, "40P01", "deadlock detected", errors.DatabaseUnavailable),
        (503, "53300", "too many connections", errors.DatabaseUnavailable),
        (500, "XX000", "cache lookup failed", errors.DatabaseError),
        (400, "P0001", "somebody's own trigger", errors.DatabaseError),
        (418, None, "", errors.DatabaseError),
    )

    def test_table(self) -> None:
        for status, code, message, expected in self.TABLE:
            error = error_of(refused(status, code, message))
            self.assertIs(type(error), expected, (status, code, message))
            self.assertEqual(error.sentence, expected.default_sentence)

    def test_gateway(self) -> None:
        """A page of a proxy says nothing but its status."""
        for status in (502, 503, 520, 522, 429):
            self.assertIs(type(error_of(SupabaseAnswer(status))), errors.DatabaseUnavailable)
        for body in ([], "text", {"code": 3, "message": None}):
            self.assertIs(type(error_of(SupabaseAnswer(400, {}, body))), errors.DatabaseError)

    def test_what_the_caller_meant(self) -> None:
        """The same refusal is another error where a clinic or a session was named."""
        denied = errors.ClinicAccessDenied()
        policy = refused(403, "42501", "new row violates row-level security policy")
        reference = refused(409, "23503", 'violates foreign key constraint "alie_clinic_id_fkey"')
        no_right = refused(403, "42501", "permission denied for table profiles")
        self.assertIs(error_of(policy, denied=denied), denied)
        self.assertIs(error_of(reference, denied=denied), denied)
        self.assertIs(type(error_of(no_right, denied=denied)), errors.DatabaseNotMigrated)
        self.assertEqual(error_of(refused(406, "PGRST116"), "Case not found").sentence, "Case not found")


class Codes(SynchronousTestCase):
    """What is logged is a code, whatever the answer has in its place."""

    def test_codes(self) -> None:
        table: tuple[tuple[Any, str], ...] = (
            ({"code": "42501"}, "42501"),
            ({"code": "PGRST116"}, "PGRST116"),
            ({"code": "patient Roy"}, "-"),
            ({"code": None}, "-"),
            ({"code": "42501\n"}, "-"),
            (None, "-"),
        )
        for body, expected in table:
            self.assertEqual(code_of(SupabaseAnswer(400, {}, body)), expected)
