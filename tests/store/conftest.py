import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from postgresql_server import SERVER, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be made."""
    if SERVER in os.environ:
        yield os.environ[SERVER]
        return
    with running_server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A place for a new log, on each database that can hold one."""
    if request.param == "sqlite":
        yield tmp_path
        return
    address: str = request.getfixturevalue("server")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    name = f"stanch_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(address).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()
