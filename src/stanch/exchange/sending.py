"""Sending from a home: its log, keys, vault and book of deliveries, opened for the courier."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stanch.exchange.config import SendConfig
from stanch.exchange.courier import Courier
from stanch.exchange.deliveries import FILE, Deliveries
from stanch.exchange.publishing import Publisher
from stanch.model.errors import InputError
from stanch.store.keys import open_keys
from stanch.store.layout import VAULT_FILE
from stanch.store.place import has_log
from stanch.store.records import Records
from stanch.store.vault import SqliteVault


@contextmanager
def open_sending(home: Path, config: SendConfig, keys: Path | None = None) -> Iterator[tuple[Courier, Deliveries]]:
    """Open a home to send from it, while the line may go on writing. Raises InputError where there is no log."""
    if not has_log(home):
        raise InputError(f"no log in {home}; make one with: stanch replay FILE --home {home}")
    ring = open_keys(home, keys)
    records, vault, deliveries = Records.read(home), SqliteVault(home / VAULT_FILE, ring.vault), Deliveries(home / FILE)
    publisher = None if config.kafka is None else Publisher(config.kafka, config.retry.seconds())
    try:
        yield Courier(records, vault, deliveries, config, publisher), deliveries
    finally:
        deliveries.close()
        vault.close()
        records.close()
