"""All checks of a home, and what they say together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from stanch.engine.doctor import kept, keys, log, machine, messages, rules
from stanch.engine.doctor.finding import SEVERITIES, Check, Finding, Look, Severity
from stanch.exchange.deliveries import FILE as DELIVERIES
from stanch.model.errors import InputError, StanchError
from stanch.store.keys import CHECK_FILE, KEY_FILE
from stanch.store.layout import VAULT_FILE
from stanch.store.place import ADDRESS_FILE, LOG_FILE, in_server

#: Those that need nothing but the folder, those that need a log, and those that need its tables to be of this release.
_OF_THE_FOLDER: Final[tuple[Check, ...]] = (
    keys.keys, keys.vault, machine.writer, machine.rights, machine.room, kept.leftovers, machine.libraries,
)  # fmt: skip
_OF_THE_LOG: Final[tuple[Check, ...]] = (
    log.blocks, log.clock, log.unsaved, rules.rules, kept.snapshots, kept.lake, kept.quarantine,
)  # fmt: skip
#: Those of a log in a database server, whose own tools look after its tables and its disk.
_OF_A_SERVER: Final[tuple[Check, ...]] = (
    log.in_database,
    rules.rules,
    kept.snapshots,
    kept.quarantine,
    messages.orders,
)
_OF_THE_TABLES: Final[tuple[Check, ...]] = (messages.outbox, messages.orders)
_SIGNS: Final = (LOG_FILE, ADDRESS_FILE, KEY_FILE, CHECK_FILE, VAULT_FILE, DELIVERIES)


class Examined(msgspec.Struct, frozen=True):
    """What a look at a home found, the worst first. ``worst`` is empty where there is not even a note."""

    home: str
    worst: Severity | None
    findings: tuple[Finding, ...]
    versions: dict[str, str]


def examine(look: Look) -> Examined:
    """Return all that is wrong with a home. Nothing of it is changed. Raises InputError where there is no home."""
    if not any((look.home / name).exists() for name in _SIGNS):
        raise InputError(f"no home at {look.home}; name a folder that stanch replay made")
    findings = tuple(sorted(_found(look), key=lambda found: -SEVERITIES.index(found.severity)))
    return Examined(str(look.home), findings[0].severity if findings else None, findings, machine.versions())


def _found(look: Look) -> Iterator[Finding]:
    for check in _OF_THE_FOLDER:
        yield from _run(check, look)
    if in_server(look.home):
        for check in _OF_A_SERVER:
            yield from _run(check, look)
        return
    if not (look.home / LOG_FILE).exists():
        yield Finding("log", "error", f"{LOG_FILE} is missing", "restore it from the last backup: stanch restore")
        return
    other = list(_run(log.tables, look))
    yield from other
    for check in _OF_THE_LOG if other else (*_OF_THE_LOG, *_OF_THE_TABLES):
        yield from _run(check, look)


def _run(check: Check, look: Look) -> Iterator[Finding]:
    """Run one check; what keeps it from its work is a finding, too, and stops no other."""
    try:
        yield from check(look)
    except (StanchError, OSError) as error:
        what, _, do = str(error).partition("; ")
        yield Finding(check.__name__, "error", what, do or "see that the file is there and can be read")
