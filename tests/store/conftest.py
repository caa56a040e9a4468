import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from postgresql_server import SERVER, running_server
from stanch.store.records import Records


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be made."""
    if SERVER in os.environ:
        yield os.environ[SERVER]
        return
    with running_server() as address:
        yield address


@pytest.fixture(scope="session")
def made(server: str) -> str:
    """The name of a database with the tables of a new log: each test has a copy of its own, made much faster."""
    name = f"stanch_made_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    Records.open(_address(server, name)).close()
    return name


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A place for a new log, on each database that can hold one."""
    if request.param == "sqlite":
        yield tmp_path
        return
    address, tables = request.getfixturevalue("server"), request.getfixturevalue("made")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    name = f"stanch_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {tables}"))
        yield _address(address, name)
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()
