"""Taking files: many files in, one stream of events out, in the order in which things became known."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa

from stanch.intake.chunks import Chunks, finish, rows_table
from stanch.intake.file import FileIntake, Way
from stanch.intake.identities import Identities
from stanch.intake.mapping import Mapping
from stanch.intake.merge import merge, rechunked
from stanch.intake.messages import Senders
from stanch.intake.partition import Partition
from stanch.intake.problems import Problems
from stanch.intake.quarantine import Quarantine
from stanch.intake.report import FileReport, IntakeReport, Refused
from stanch.intake.runs import Run, Sorter
from stanch.intake.texts import Texts
from stanch.intake.words import Words
from stanch.intake.zones import zone
from stanch.model.events import Event, to_row
from stanch.privacy.identity import Vault
from stanch.privacy.pseudonyms import Keys
from stanch.text.scoring import Scorer

CHUNK_ROWS: Final = 65_536

#: Refusals told with one yield; the report counts and the quarantine keeps those beyond.
MAX_TOLD: Final = 100_000


@dataclass(frozen=True, slots=True)
class IntakeContext:
    """What an intake works with: keys, vault, the deployment's time zone, and where refused rows are kept.

    ``scorer`` gives what scores texts, and is asked at the first text; without it none is scored. ``spellings`` is how
    many identifiers are kept in memory, at about 120 bytes each.
    """

    keys: Keys
    vault: Vault
    timezone: str = "Asia/Shanghai"
    quarantine: Path | None = None
    scorer: Callable[[], Scorer] | None = None
    spellings: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Some events in ``TAKEN_SCHEMA``, in order, and the rows refused since the last ones."""

    table: pa.Table
    refused: tuple[Refused, ...] = field(default=(), repr=False)


def take(
    files: Sequence[Path],
    mapping: Mapping | None,
    context: IntakeContext,
    chunk_rows: int = CHUNK_ROWS,
    report: IntakeReport | None = None,
) -> Iterator[Taken]:
    """Yield the events of files, merged by ``known_at``, then file order, then row.

    Without a mapping files are in Stanch's clear form, or already taken (Parquet in ``TAKEN_SCHEMA``), and pass. A file
    or row that cannot be taken stops nothing: it is refused, counted in ``report``, and kept in quarantine.
    Files in order stream; others are sorted first, on disk when they are large.
    """
    intake = Intake(context, chunk_rows, IntakeReport() if report is None else report)
    yield from intake.files(files, mapping)


class Intake:
    """One run of taking: the shared identities and words, the report, what is refused. One owner."""

    def __init__(self, context: IntakeContext, chunk_rows: int, report: IntakeReport) -> None:
        self.report = report
        self._context = context
        self._chunk_rows = chunk_rows
        self.words = Words()
        self._identities = Identities(context.keys, context.vault, self.words, context.spellings)
        texts = Texts(context.keys, context.vault, self._identities, context.scorer)
        self._chunks = Chunks(self.words, self._identities, texts)
        self._zone = zone(context.timezone)
        self._refused: list[Refused] = []
        self._quarantine = Quarantine(context.quarantine) if context.quarantine else None

    @property
    def nbytes(self) -> int:
        """Bytes of the identifiers kept in memory."""
        return self._identities.nbytes

    def files(self, files: Sequence[Path], mapping: Mapping | None) -> Iterator[Taken]:
        """Yield the events of files in one order."""
        watch = _Watch(self.report)
        sorter = Sorter(self._chunk_rows)
        try:
            runs: list[Run] = []
            for order, path in enumerate(files):
                report = FileReport(path.name)
                self.report.files.append(report)
                file = FileIntake(path, order, Way(mapping, self._zone), self._chunks, self.refuse, report)
                runs += file.runs(sorter, self._chunk_rows)
            for coded in rechunked(merge(runs), self._chunk_rows):
                taken = Taken(finish(coded, self.words), self._told())
                watch.stop()
                yield taken
                watch.start()
            if self._refused:
                yield Taken(finish(self._chunks.empty(), self.words), self._told())
        finally:
            sorter.close()
            watch.stop()
        self.report.warnings.update(self._identities.warnings)
        self._balance()

    def events(self, events: Sequence[Event]) -> Taken:
        """Take single events that were decoded one by one, in the order given. Durable in the vault on return."""
        return self.rows([to_row(event) for event in events])

    def rows(self, rows: Sequence[dict[str, object]]) -> Taken:
        """Take rows of ``CLEAR_SCHEMA``, in the order given; a refused one is told by its place, from 1."""
        table = rows_table(rows)
        problems = Problems(table.num_rows)
        coded, _ = self._chunks.take(table, problems, self._zone)
        for row, reason in problems.reasons():
            verbatim = msgspec.json.encode(rows[row], enc_hook=str).decode()
            self.refuse(Refused("", "", row + 1, reason, verbatim))
        return Taken(finish(coded, self.words), self._told())

    def table(self, clear: pa.Table) -> tuple[pa.Table, dict[int, str]]:
        """Take a table of ``CLEAR_SCHEMA``, in its order; return its good rows, and the reason of each refused row.

        Who asks tells the sender; the report and the quarantine stay as they are. Durable in the vault on return.
        """
        problems = Problems(clear.num_rows)
        coded, _ = self._chunks.take(clear, problems, self._zone)
        return finish(coded, self.words), dict(problems.reasons())

    def partition(self, name: str, senders: Senders) -> Partition:
        """Return what takes the messages of a broker's partition; ``messages`` hands on what it took."""
        made = Partition(name, senders, self._chunks, self._zone, self.refuse)
        self.report.files.append(made.report)
        return made

    def messages(self, coded: Sequence[pa.Table]) -> Taken:
        """Return what partitions took, in the order given. What was refused is in quarantine, on the disk."""
        whole = pa.concat_tables(coded) if coded else self._chunks.empty()
        return Taken(finish(whole, self.words), self._told())

    def refuse(self, refused: Refused) -> None:
        """Note a refused row: told with the next events, counted, kept in quarantine."""
        self.report.note(refused)
        if len(self._refused) < MAX_TOLD:
            self._refused.append(refused)
        if self._quarantine is not None:
            self._quarantine.keep(refused)

    def _told(self) -> tuple[Refused, ...]:
        told, self._refused = tuple(self._refused), []
        if self._quarantine is not None:
            self._quarantine.flush()
        return told

    def _balance(self) -> None:
        for file in self.report.files:
            if not file.balanced():
                raise AssertionError(
                    f"{file.file}: {file.rows} rows, but {file.taken} taken and {file.refused} refused"
                )


class _Watch:
    """Counts the seconds of the intake itself, not of whoever consumes its events."""

    def __init__(self, report: IntakeReport) -> None:
        self._report = report
        self._since: float | None = time.perf_counter()

    def start(self) -> None:
        self._since = time.perf_counter()

    def stop(self) -> None:
        if self._since is not None:
            self._report.seconds += time.perf_counter() - self._since
        self._since = None
