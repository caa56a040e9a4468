"""The log and its tables on disk: one transaction a batch, read back block by block."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self

from sqlalchemy import Engine, Select, Table, func, inspect, select, update
from sqlalchemy.engine import Connection, RowMapping

from stanch.model.errors import StoreError
from stanch.store.blocks import decode_block
from stanch.store.database import claim, explained, open_engine, upgrade
from stanch.store.place import LOG_FILE, address_of, has_log
from stanch.store.rows import Commit, LogBlock, MeasureRow, NoticeRow, OrderStepRow, OutboxRow, PolicyRow
from stanch.store.tables import BLOCKS, FINDINGS, MEASURES, META, NOTICES, ORDER_STEPS, OUTBOX, POLICIES, PROGRESS
from stanch.store.writing import WritingRight
from stanch.store.written import INSERT, REPLACED, WRITTEN, Row, checksum, upsert_into

_READ: Final = ("first_seq", "last_seq", "policy", "checksum", "body", "decisions")
_PATIENCE: Final = 5.0  # seconds
_AT_ONCE: Final = 500  # parameters of one statement
_END: Final = 2**62  # of every log
_PAGE: Final = 64  # commits of one query: a few megabytes where they are large


class Records:
    """The owner of ``log.db``. ``commit`` may be called from another thread than the reading methods."""

    def __init__(self, writer: Engine | None, reader: Engine, right: WritingRight | None) -> None:
        self._writer = writer
        self._reader = reader
        self._right = right
        self._connection: Connection | None = None
        self._writing = Lock()
        self._last = -1

    @classmethod
    def open(cls, home: Path | str, *, patience: float = _PATIENCE) -> Self:
        """Open the log of a home (a folder, made if absent) or at a database address, for this process to write."""
        right, address = None, str(home)
        if isinstance(home, Path) or "://" not in home:
            folder = Path(home)
            folder.mkdir(parents=True, exist_ok=True)
            right, address = WritingRight(folder), address_of(folder)
            right.take()
        records = cls(
            open_engine(address, writing=True, patience=patience),
            open_engine(address, writing=False, patience=patience),
            right,
        )
        try:
            records._start()
        except StoreError:
            records.close()
            raise
        return records

    @classmethod
    def read(cls, home: Path | str, *, patience: float = _PATIENCE) -> Self:
        """Open a log to read it while another process writes."""
        address = str(home)
        if isinstance(home, Path) or "://" not in home:
            folder = Path(home)
            if not has_log(folder):
                raise StoreError(f"no log at {folder / LOG_FILE}; name a home that has one")
            address = address_of(folder)
        return cls(None, open_engine(address, writing=False, patience=patience), None)

    def close(self) -> None:
        """Close the log and let another process write."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        for engine in (self._writer, self._reader):
            if engine is not None:
                engine.dispose()
        if self._right is not None:
            self._right.give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def commit(self, commit: Commit) -> None:
        """Save a batch, whole or not at all; it is on the disk when this returns.

        Raises StoreError when the disk or the database fails, InputError when a row breaks a rule of its table.
        """
        self.commit_all([commit])

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """Save batches that follow each other in one transaction, whole or not at all. Raises as ``commit`` does."""
        if not commits:
            return
        with self._writing, explained(f"saving events {commits[0].first_seq} to {commits[-1].last_seq}"):
            connection, end = self._open_connection(), self._last
            with connection.begin():
                for commit in commits:
                    if commit.first_seq != end + 1:
                        raise StoreError(
                            f"the log ends at {end}, this batch starts at {commit.first_seq}; restart to read it again"
                        )
                    end = commit.last_seq
                self._insert(connection, commits)
            self._last = end

    def note_progress(self, progress: Mapping[str, str]) -> None:
        """Save marks of what was read and made no event; it is on the disk when this returns."""
        with self._writing, explained("saving how far was read"), self._open_connection().begin():
            self._upsert(PROGRESS, [{"key": key, "value": value} for key, value in progress.items()], "key")

    def last_seq(self) -> int:
        """Return the position of the last event saved, -1 in an empty log."""
        found = self._number(select(func.max(BLOCKS.c.last_seq)))
        return -1 if found is None else found

    def last_as_of(self) -> int | None:
        """Return the clock of the last event saved, None in an empty log."""
        return self._number(select(func.max(BLOCKS.c.last_as_of)))

    def clock_at(self, seq: int) -> int | None:
        """Return the clock of the commit that ends with an event, None where none does."""
        query = select(BLOCKS.c.last_seq, BLOCKS.c.last_as_of).where(BLOCKS.c.first_seq <= seq)
        found = self._rows(query.order_by(BLOCKS.c.first_seq.desc()).limit(1))
        return found[0]["last_as_of"] if found and found[0]["last_seq"] == seq else None

    def seq_at(self, as_of: int) -> int | None:
        """Return where the first commit starts that reaches a moment (UTC microseconds), None if none does."""
        query = select(BLOCKS.c.first_seq).where(BLOCKS.c.last_as_of >= as_of).order_by(BLOCKS.c.last_as_of).limit(1)
        return self._number(query)

    def end_at(self, as_of: int) -> int | None:
        """Return where the commit after the first one that reaches a moment starts, None if none reaches it."""
        query = select(BLOCKS.c.last_seq + 1).where(BLOCKS.c.last_as_of >= as_of).order_by(BLOCKS.c.last_as_of).limit(1)
        return self._number(query)

    def blocks(
        self, since_seq: int = 0, columns: Collection[str] | None = None, until: int = _END
    ) -> Iterator[LogBlock]:
        """Yield the commits in order, from the one that holds ``since_seq`` or the next one after it.

        With ``columns`` no others are decoded. None that ends after ``until`` is: another process may write meanwhile.
        """
        query = select(*(BLOCKS.c[name] for name in _READ)).order_by(BLOCKS.c.first_seq)
        query = query.where(BLOCKS.c.last_seq <= until)
        page = self._rows(query.where(BLOCKS.c.last_seq >= since_seq).limit(1))
        while page:
            for row in page:
                yield _checked(row, columns)
            # by the key, so that a log of many small commits is not read from its start for each page of them
            page = self._rows(query.where(BLOCKS.c.first_seq > page[-1]["first_seq"]).limit(_PAGE))

    def measures(self, *, state: str | None = None, subject: bytes | None = None) -> list[MeasureRow]:
        """Return measures in the order they were taken, of one state or towards one subject where given."""
        query = select(MEASURES).order_by(MEASURES.c.seq, MEASURES.c.id)
        if state is not None:
            query = query.where(MEASURES.c.state == state)
        if subject is not None:
            query = query.where(MEASURES.c.subject == subject)
        return [MeasureRow(**row) for row in self._rows(query)]

    def findings(self, subject: bytes) -> list[RowMapping]:
        """Return what was found about a subject, oldest first."""
        return self._rows(select(FINDINGS).where(FINDINGS.c.subject == subject).order_by(FINDINGS.c.seq))

    def order_steps(self, order_id: str | None = None) -> list[OrderStepRow]:
        """Return the steps of all orders, or of one, in the order in which they were taken."""
        columns = [ORDER_STEPS.c[name] for name in OrderStepRow.__struct_fields__]
        query = select(*columns).order_by(
            ORDER_STEPS.c.seq, ORDER_STEPS.c.at, ORDER_STEPS.c.order_id, ORDER_STEPS.c.step
        )
        if order_id is not None:
            query = query.where(ORDER_STEPS.c.order_id == order_id)
        return [OrderStepRow(**row) for row in self._rows(query)]

    def notices(self, order_id: str | None = None) -> list[NoticeRow]:
        """Return what holders were told, about all orders or one, in the order of the steps.

        A log that no release with notices has written to yet has none.
        """
        if not self.has(NOTICES):
            return []
        query = select(NOTICES).order_by(
            NOTICES.c.seq, NOTICES.c.at, NOTICES.c.order_id, NOTICES.c.step, NOTICES.c.language
        )
        if order_id is not None:
            query = query.where(NOTICES.c.order_id == order_id)
        return [NoticeRow(**row) for row in self._rows(query)]

    def sent(self, ids: Sequence[str]) -> dict[str, int]:
        """Return when messages were taken by their receiver, of those that were."""
        found: dict[str, int] = {}
        for start in range(0, len(ids), _AT_ONCE):
            query = select(OUTBOX.c.id, OUTBOX.c.sent_at).where(
                OUTBOX.c.id.in_(ids[start : start + _AT_ONCE]), OUTBOX.c.sent_at.is_not(None)
            )
            found |= {row["id"]: row["sent_at"] for row in self._rows(query)}
        return found

    def policies(self) -> list[PolicyRow]:
        """Return the policies in the order they were activated."""
        return [PolicyRow(**row) for row in self._rows(select(POLICIES).order_by(POLICIES.c.activated_seq))]

    def progress(self) -> dict[str, str]:
        """Return the marks of files read so far."""
        return {row["key"]: row["value"] for row in self._rows(select(PROGRESS))}

    def pending_outbox(self, limit: int = 1000) -> list[OutboxRow]:
        """Return messages not sent yet, oldest first."""
        columns = [OUTBOX.c[name] for name in OutboxRow.__struct_fields__]
        query = select(*columns).where(OUTBOX.c.sent_at.is_(None)).order_by(OUTBOX.c.seq, OUTBOX.c.id).limit(limit)
        return [OutboxRow(**row) for row in self._rows(query)]

    def mark_sent(self, ids: Sequence[str], sent_at: int) -> None:
        """Note when messages were taken by their receiver; a second note keeps the first time."""
        change = update(OUTBOX).where(OUTBOX.c.id.in_(ids), OUTBOX.c.sent_at.is_(None)).values(sent_at=sent_at)
        with self._writing, explained("noting sent messages"), self._open_connection().begin():
            self._open_connection().execute(change)

    def mark_failed(self, ids: Sequence[str]) -> None:
        """Count an attempt that failed."""
        change = update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(attempts=OUTBOX.c.attempts + 1)
        with self._writing, explained("noting failed messages"), self._open_connection().begin():
            self._open_connection().execute(change)

    def meta(self) -> dict[str, str]:
        """Return facts about this log, such as the version of its keys."""
        return {row["key"]: row["value"] for row in self._rows(select(META))}

    def set_meta(self, key: str, value: str) -> None:
        """Set one fact about this log."""
        with self._writing, explained(f"noting {key}"), self._open_connection().begin():
            self._upsert(META, [{"key": key, "value": value}], "key")

    def rows(self, query: Select[*tuple[Any, ...]]) -> list[RowMapping]:  # Any: columns of any table
        """Return what a query of the tables finds."""
        return self._rows(query)

    def has(self, table: Table) -> bool:
        """Whether the log has a table; one that an older release wrote lacks those that came later."""
        with explained("reading the log"):
            return inspect(self._reader).has_table(table.name)

    def _start(self) -> None:
        with explained("opening the log"), self._open_connection().begin():
            upgrade(self._open_connection())
        self._last = self.last_seq()

    def _open_connection(self) -> Connection:
        if self._writer is None:
            raise StoreError("this log was opened to be read; open it with Records.open to write")
        if self._connection is not None and self._connection.invalidated:  # the right to write went with it
            self._connection.close()
            self._connection = None
        if self._connection is None:
            connection = self._writer.connect()
            claim(connection)
            self._connection = connection
        return self._connection

    def _insert(self, connection: Connection, commits: Sequence[Commit]) -> None:
        """Write the rows of commits that follow each other, table by table."""
        for table, rows_of in WRITTEN:
            rows = [row for commit in commits for row in rows_of(commit)]
            if rows:
                connection.execute(INSERT[table.name], rows)
        for table, rows_of, key in REPLACED:
            self._upsert(table, [row for commit in commits for row in rows_of(commit)], key)

    def _upsert(self, table: Table, rows: list[Row], key: str) -> None:
        if rows:
            connection = self._open_connection()
            connection.execute(upsert_into(connection.dialect.name, table, key), rows)

    def _number(self, query: Select[int]) -> int | None:
        with explained("reading the log"), self._reader.connect() as connection:
            return connection.execute(query).scalar()

    def _rows(self, query: Select[*tuple[Any, ...]]) -> list[RowMapping]:  # Any: columns of any table
        with explained("reading the log"), self._reader.connect() as connection:
            return list(connection.execute(query).mappings())


def _checked(row: RowMapping, columns: Collection[str] | None) -> LogBlock:
    if checksum(row["body"], row["decisions"]) != row["checksum"]:
        raise StoreError(
            f"events {row['first_seq']} to {row['last_seq']} are damaged on disk (checksum); "
            "restore log.db from a backup and replay the later events from their sources"
        )
    block = decode_block(row["body"], columns)
    return LogBlock(row["first_seq"], row["last_seq"], row["policy"], block, row["decisions"])
