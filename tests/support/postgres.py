"""A real PostgreSQL (15 or newer) of the tests' own, laid out as a Supabase project is.

One server a process, on a socket in a folder of its own; it ends with the process, however that ends. Every test has a
database of its own, copied from a template.
"""

from __future__ import annotations

import atexit
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from unittest import TestCase

import psycopg

ROOT = Path(__file__).parents[2]
PRELUDE = ROOT / "tests" / "supabase" / "prelude.sql"
MIGRATIONS = ROOT / "etc" / "supabase"
PROJECT = "project"
"""A Supabase project in which nothing has been done yet."""
ALIE = "alie"
"""A project to which etc/supabase has been applied."""

# Debian's place for them; the newest, where there are several.
_BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
_ROOM = 1 << 30
_OPTIONS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "jit=off",
    "max_connections=40",
    "shared_buffers=32MB",
    "max_wal_size=64MB",
    "timezone=America/Toronto",  # unlike UTC, so that nobody relies on it
)
# Standard input ends when the tests do, even when they are killed; then the server ends and takes its folder along.
_SCRIPT = """
"$1/initdb" -D "$2/data" -U supabase_admin -A trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$2/log" &&
"$1/pg_ctl" -D "$2/data" -l "$2/log" -o "$3" -w -s start >>"$2/log" && echo up
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate -s stop
rm -rf "$2"
"""


def migrations() -> list[Path]:
    """The files an operator applies, in order."""
    return sorted(MIGRATIONS.glob("[0-9]*.sql"))


class Caller:
    """One transaction of a role, as PostgREST runs a request."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def run(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Runs one statement, with %s for each of `values`; the rows it gives."""
        return _run(self._connection, sql, values)

    def count(self, sql: str, *values: object) -> int:
        """How many rows a statement gives or changes."""
        return self._connection.execute(sql.encode(), values or None).rowcount

    def undo(self) -> None:
        """Takes everything back, as if the request had not been."""
        self._connection.rollback()


class Database:
    """One database.

    Attributes:
        dsn: for psycopg; as the owner of the project, the role "postgres".
        authenticator: for psycopg; as the role that PostgREST connects as.
    """

    def __init__(self, server: Postgres, name: str) -> None:
        self.dsn = server.dsn(name)
        self.authenticator = server.dsn(name, "authenticator")

    def run(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Runs statements as the project's owner (RLS does not bind it); the rows of the last one."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return _run(connection, sql, values)

    def apply(self, *files: Path) -> None:
        """Applies files of SQL in one transaction, as psql does with --single-transaction."""
        with psycopg.connect(self.dsn) as connection:
            for file in files or migrations():
                connection.execute(file.read_bytes())

    def add_user(self, user_id: str, email: str | None, metadata: Mapping[str, object] | None = None) -> None:
        """Signs a user up, as Supabase Auth does it."""
        with psycopg.connect(self.dsn.replace("user=postgres", "user=supabase_auth_admin")) as connection:
            connection.execute(
                "insert into auth.users (id, email, raw_user_meta_data) values (%s, %s, %s)",
                (user_id, email, json.dumps(metadata or {})),
            )

    @contextmanager
    def as_user(self, user_id: str, claims: Mapping[str, object] | None = None) -> Iterator[Caller]:
        """One transaction of a signed-in user, committed at the end.

        Args:
            user_id: the token's `sub`.
            claims: others of the token.
        """
        everything = {"sub": user_id, "role": "authenticated", "aud": "authenticated", **(claims or {})}
        with self.as_role("authenticated", everything) as caller:
            yield caller

    @contextmanager
    def as_role(self, role: str, claims: Mapping[str, object] | None = None) -> Iterator[Caller]:
        """One transaction of anon, authenticated or service_role, with a token's claims, committed at the end."""
        with psycopg.connect(self.authenticator) as connection:
            connection.execute(
                "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
                (role, json.dumps({"role": role, **(claims or {})})),
            )
            yield Caller(connection)


class Postgres:
    """The server of this process: `Postgres.database(case)` is all that tests need."""

    def __init__(self) -> None:
        self._names = count()
        self._folder = Path(tempfile.mkdtemp(prefix="alie-pg-", dir=_roomy_memory()))
        user = "postgres" if os.getuid() == 0 else None
        if user:
            shutil.chown(self._folder, user)
        options = shlex.join(part for option in (*_OPTIONS, *self._socket()) for part in ("-c", option))
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh", _BINARIES, self._folder, options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            user=user,
            group=user,
            extra_groups=[] if user else None,
            start_new_session=True,
        )
        atexit.register(self._stop)
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"up\n":
            raise RuntimeError((self._folder / "log").read_text())
        with psycopg.connect(self.dsn("postgres", "supabase_admin"), autocommit=True) as connection:
            connection.execute(PRELUDE.with_name("roles.sql").read_bytes())

    @staticmethod
    def database(case: TestCase, template: str = ALIE) -> Database:
        """A fresh database, gone when the test is over.

        Args:
            case: the test.
            template: `PROJECT` or `ALIE`.
        """
        server = _server()
        server.template(template)
        name = f"test_{next(server._names)}"
        server._admin(f"create database {name} template {template} strategy file_copy owner postgres")
        case.addCleanup(server._admin, f"drop database {name} with (force)")
        return Database(server, name)

    @cache  # noqa: B019  # there is one server, and it lives as long as the process
    def template(self, name: str) -> None:
        """Makes a template, once."""
        if name == PROJECT:
            self._admin(f"create database {name} owner postgres")
            with psycopg.connect(self.dsn(name, "supabase_admin")) as connection:
                connection.execute(PRELUDE.read_bytes())
            return
        self.template(PROJECT)
        self._admin(f"create database {name} template {PROJECT} strategy file_copy owner postgres")
        Database(self, name).apply()

    def dsn(self, name: str, user: str = "postgres") -> str:
        """How psycopg connects to a database."""
        return f"host={self._folder} dbname={name} user={user}"

    def _admin(self, sql: str) -> None:
        with psycopg.connect(self.dsn("postgres", "supabase_admin"), autocommit=True) as connection:
            connection.execute(sql.encode())

    def _socket(self) -> Sequence[str]:
        return (f"unix_socket_directories={self._folder}",)

    def _stop(self) -> None:
        self._process.communicate()


@cache
def _server() -> Postgres:
    return Postgres()


def _roomy_memory() -> str | None:
    """A file system in memory, where a database is copied in a tenth of the time; None where there is too little."""
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > _ROOM else None


def _run(connection: psycopg.Connection[Any], sql: str, values: Sequence[object]) -> list[dict[str, Any]]:
    cursor = connection.execute(sql.encode(), values or None)
    while cursor.nextset():
        pass
    if cursor.description is None:
        return []
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
