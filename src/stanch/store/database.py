"""The database under the log: SQLite in a home by default, or what a SQLAlchemy address names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from stanch.model.errors import ConfigError, InputError, StoreError

#: The last step in ``migrations/versions``.
NEWEST: Final = "0005"

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_RIGHT: Final = 0x57A9C4  # the number of our lock, arbitrary but fixed
_PAGE_BYTES: Final = 16_384  # a block is a few hundred kilobytes: fewer, larger pages
_CHECKPOINT_PAGES: Final = 1_000  # 16 MB of write-ahead log between two copies into the database

#: A server that answers nothing for half a minute is gone; seconds, and milliseconds for what was sent.
_ALIVE: Final = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}

_LEAST_PATIENCE: Final = 2  # seconds; the driver takes no less

#: What a database says, and what to do about it.
_ADVICE: Final = {
    "connection failed": "the database server cannot be reached; start it, or mend the network between",
    "connection is lost": "the database server ended the connection; see its own log",
    "server closed": "the database server ended the connection; see its own log",
    "terminating connection": "the database server ended the connection; see its own log",
    "no space left": "the disk of the database server is full; free space there, everything answered is saved",
    "locked": "another program holds the database; close it and try again",
    "full": "the disk is full; free space and start again, everything answered is saved",
    "disk i/o": "the disk failed or is full; check it and start again, everything answered is saved",
    "malformed": "the file is damaged; restore it from a backup",
    "not a database": "the file is damaged or is not a log; restore it from a backup",
    "readonly": "the file cannot be written; check its owner and permissions",
    "unable to open": "the file cannot be opened; check that its folder exists and its permissions",
}


def open_engine(address: str, *, writing: bool, patience: float) -> Engine:
    """Return an engine whose transactions start at once when writing, and cannot write otherwise.

    ``patience`` is how many seconds to wait for a database that another program has locked.
    """
    if not address.startswith("sqlite"):
        return _of_server(address, writing=writing, patience=patience)
    engine = create_engine(address, connect_args={"timeout": patience, "check_same_thread": False})
    event.listen(engine, "connect", _for_writing if writing else _for_reading)
    event.listen(engine, "begin", _begin_at_once if writing else _begin)
    return engine


def _of_server(address: str, *, writing: bool, patience: float) -> Engine:
    """Return the engine of a database server. Raises ConfigError where its driver is not installed."""
    options = {"connect_timeout": max(_LEAST_PATIENCE, round(patience)), **_ALIVE}
    try:
        return create_engine(address, pool_pre_ping=not writing, connect_args=options)
    except ModuleNotFoundError as error:
        raise ConfigError(f"the driver {error.name} is not installed; install Stanch with its extra postgres") from None


def upgrade(connection: Connection) -> None:
    """Bring the tables to the form this release uses."""
    if inspect(connection).has_table("alembic_version"):
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found == NEWEST:
            return
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"this log has tables of another release ({error}); open it with the release that wrote it"
        ) from error


def claim(connection: Connection) -> None:
    """Take the right to write to a database server, until the connection ends; SQLite homes have ``WritingRight``."""
    if connection.dialect.name == "postgresql":
        with connection.begin():
            taken = connection.execute(select(func.pg_try_advisory_lock(_RIGHT))).scalar()
        if not taken:
            connection.close()
            raise StoreError("another process writes to this database; stop it first, or use another database")


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn an error of the database into one that says what was being done, what failed and what to do."""
    try:
        yield
    except IntegrityError as error:
        raise InputError(
            f"{what}: a row breaks a rule of its table ({error.orig}); correct it, nothing was saved"
        ) from error
    except DBAPIError as error:
        said = str(error.orig)
        advice = next((a for key, a in _ADVICE.items() if key in said.lower()), "see the database's own log")
        raise StoreError(f"{what}: {said}; {advice}") from error


def _for_writing(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are ours
    for pragma in (
        f"page_size={_PAGE_BYTES}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _for_reading(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


def _begin_at_once(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
