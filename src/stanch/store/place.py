"""Where the log of a home lies: in a file of its folder, or in the PostgreSQL database that ``log.address`` names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stanch.model.errors import ConfigError

#: The log's file in a home.
LOG_FILE: Final = "log.db"
#: One line: the SQLAlchemy address of the database that holds the log instead.
ADDRESS_FILE: Final = "log.address"

_OTHERS: Final = 0o077
_SERVERS: Final = "postgresql"


def has_log(home: Path) -> bool:
    """Return whether a folder has a log, in a file or by an address."""
    return (home / LOG_FILE).is_file() or in_server(home)


def in_server(home: Path) -> bool:
    """Return whether the log of a home lies in a database server."""
    return (home / ADDRESS_FILE).is_file()


def address_of(home: Path) -> str:
    """Return the address of the log of a home. Raises ConfigError where ``log.address`` cannot be what is meant."""
    path, file = home / ADDRESS_FILE, home / LOG_FILE
    if not path.is_file():
        return f"sqlite:///{file}"
    if file.exists():
        raise ConfigError(f"{home} has both {LOG_FILE} and {ADDRESS_FILE}; move away the one that is not its log")
    if path.stat().st_mode & _OTHERS:
        raise ConfigError(f"{path}: others may read or write it, and it can hold a password; run chmod 600 on it")
    address = path.read_text("utf-8").strip()
    if not address.startswith(_SERVERS) or "://" not in address:
        raise ConfigError(
            f"{path}: not the address of a PostgreSQL database; write postgresql+psycopg://user@host/name"
        )
    return address
