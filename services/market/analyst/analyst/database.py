"""The analyst's own PostgreSQL database: connections, transactions, migrations."""

from __future__ import annotations

import pathlib
import queue
import ssl
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pg8000.native

T = TypeVar("T")

MOST_CONNECTIONS = 8
WAIT_SECONDS = 5
STATEMENT_MS = 15_000
# Two instances that start at once apply migrations one after the other.
MIGRATION_LOCK = 0x616E616C


class DatabaseUnavailable(Exception):
    """The server cannot be reached, or has broken off. What was under way may be tried again."""


class Transaction:
    """Statements that hold together, with parameters by name: `run("... where id = :id", id=...)`."""

    def __init__(self, connection: pg8000.native.Connection):
        self._connection = connection

    def run(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        rows = self._connection.run(statement, **parameters)
        columns = [column["name"] for column in self._connection.columns or []]
        return [dict(zip(columns, row)) for row in rows or []]


class Database:
    def __init__(self, url: str):
        self._url = url
        self._idle: queue.LifoQueue[pg8000.native.Connection | None] = queue.LifoQueue()
        for _ in range(MOST_CONNECTIONS):
            self._idle.put(None)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Commits what `work` has done, or nothing of it. Raises DatabaseUnavailable."""
        with self._connection() as connection:
            connection.run("begin")
            try:
                result = work(Transaction(connection))
                connection.run("commit")
                return result
            except pg8000.native.DatabaseError:
                connection.run("rollback")
                raise
            except pg8000.native.InterfaceError:
                raise
            except Exception:
                connection.run("rollback")
                raise

    def run(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """A statement by itself."""
        return self.transact(lambda transaction: transaction.run(statement, **parameters))

    def migrate(self, folder: pathlib.Path) -> None:
        """Applies the files of the folder that the database has not seen, in the order of their names, each in a transaction."""
        self.run(
            "create table if not exists migration (name text primary key, time timestamptz not null default now())"
        )
        for file in sorted(folder.glob("*.sql")):

            def apply(transaction: Transaction, file: pathlib.Path = file) -> None:
                transaction.run("select pg_advisory_xact_lock(:lock)", lock=MIGRATION_LOCK)
                if transaction.run("select from migration where name = :name", name=file.stem):
                    return
                # Without parameters, several statements are sent as they are.
                transaction.run(file.read_text("utf-8"))
                transaction.run("insert into migration (name) values (:name)", name=file.stem)

            self.transact(apply)

    @contextmanager
    def _connection(self) -> Iterator[pg8000.native.Connection]:
        try:
            connection = self._idle.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise DatabaseUnavailable("all connections are in use") from None
        is_good = False
        try:
            if connection is None:
                connection = _connect(self._url)
            yield connection
            is_good = True
        except (pg8000.native.InterfaceError, OSError) as error:
            raise DatabaseUnavailable(str(error)) from error
        except pg8000.native.DatabaseError as error:
            # Class 57P: an operator stops the server; 08: the connection is gone.
            code = _code(error)
            if code.startswith(("57P", "08")):
                raise DatabaseUnavailable(str(error)) from error
            is_good = True
            raise
        except Exception:
            is_good = True
            raise
        finally:
            if not is_good and connection is not None:
                _close(connection)
            self._idle.put(connection if is_good else None)


def _code(error: pg8000.native.DatabaseError) -> str:
    (detail, *_) = error.args or ({},)
    return str(detail.get("C", "")) if isinstance(detail, dict) else ""


def _close(connection: pg8000.native.Connection) -> None:
    try:
        connection.close()
    except (pg8000.native.InterfaceError, OSError):
        # It was broken.
        pass


def _connect(url: str) -> pg8000.native.Connection:
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    port = parts.port or 5432
    # As libpq has it, a host that is a path is the folder of a Unix socket.
    host = query.get("host") or parts.hostname or "127.0.0.1"
    connection = pg8000.native.Connection(
        user=urllib.parse.unquote(parts.username or ""),
        password=urllib.parse.unquote(parts.password or ""),
        host=None if host.startswith("/") else host,
        unix_sock=f"{host}/.s.PGSQL.{port}" if host.startswith("/") else None,
        port=port,
        database=parts.path.lstrip("/"),
        timeout=30,
        ssl_context=_tls(query.get("sslmode", "disable")),
        application_name="analyst",
    )
    connection.run(f"set statement_timeout = {STATEMENT_MS}")
    return connection


def _tls(mode: str) -> ssl.SSLContext | None:
    """libpq's sslmode: verify-full and verify-ca look at the certificate, require does not."""
    if mode in ("disable", "allow", "prefer"):
        return None
    context = ssl.create_default_context()
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
