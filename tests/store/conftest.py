import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

#: Address of a PostgreSQL server on which the tests may make databases of their own.
SERVER = "STANCH_TEST_POSTGRESQL"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """A place for a new log, on each database that can hold one."""
    if request.param == "sqlite":
        yield tmp_path
        return
    if SERVER not in os.environ:
        pytest.skip(f"{SERVER} names no server")
    server = create_engine(os.environ[SERVER], isolation_level="AUTOCOMMIT")
    name = f"stanch_{uuid4().hex}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(os.environ[SERVER]).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name}"))
    server.dispose()
