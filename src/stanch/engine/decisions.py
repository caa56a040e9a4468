"""Decisions read back from the log, with their reasons in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.engine.names import Names
from stanch.engine.restart import decisions_of
from stanch.engine.rules import Rules, read_rules
from stanch.engine.stretch import Answered, Stretch, read_stretches
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision
from stanch.store.records import Records
from stanch.store.rows import LogBlock
from stanch.typologies.reasons import LANGUAGES

Ints = npt.NDArray[np.int64]

_FINDING: Final = pa.struct(
    [
        ("typology", pa.string()), ("subject", pa.string()), ("side", pa.string()), ("score", pa.float64()),
        ("step", pa.string()), ("new_episode", pa.bool_()),
    ]
)  # fmt: skip
#: Rows of one group of the exported file.
_GROUP: Final = 65_536

#: What ``stanch decisions`` writes: one row for each event that was sent, in log order. No pseudonym is in it.
DECISIONS: Final = pa.schema(
    [
        ("seq", pa.int64()), ("event_id", pa.string()), ("source", pa.string()), ("kind", pa.string()),
        ("as_of", pa.timestamp("us", tz="UTC")), ("action", pa.string()), ("score", pa.float64()),
        ("findings", pa.list_(_FINDING)), ("reasons_en", pa.list_(pa.string())), ("reasons_zh", pa.list_(pa.string())),
        ("why_not_lower", pa.string()), ("proposed", pa.list_(pa.string())), ("until", pa.timestamp("us", tz="UTC")),
        ("exempt", pa.string()), ("vulnerable", pa.string()),
    ]
)  # fmt: skip
#: The same without the reasons.
ANSWERS: Final = pa.schema(
    [DECISIONS.field(n) for n in ("seq", "event_id", "source", "kind", "as_of", "action", "score")]
)
#: One row for each finding; the subject is a pseudonym.
FINDINGS: Final = pa.schema(
    [
        ("seq", pa.int64()),
        ("as_of", pa.timestamp("us", tz="UTC")),
        ("event_id", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("typology", pa.string()),
        ("role", pa.string()),
        ("subject", pa.binary(16)),
        ("side", pa.string()),
        ("score", pa.float64()),
        ("step", pa.string()),
        ("new_episode", pa.bool_()),
        ("until", pa.timestamp("us", tz="UTC")),
        ("amount", pa.int64()),
        ("currency", pa.string()),
        ("reason_en", pa.string()),
        ("reason_zh", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Decided:
    """One commit of the log with its decisions by row, and the names and rules to read them with."""

    block: LogBlock
    rows: np.ndarray[Any, np.dtype[np.int64]]
    decisions: dict[int, Decision]
    names: Names
    rules: Rules

    def words(self, column: str) -> list[str | None]:
        """The words of a column."""
        return [self.names.words.word(code) for code in self.rows[:, INDEX[column]].tolist()]

    def ids(self) -> list[str]:
        """The ids that senders gave."""
        found: list[str] = self.block.block.columns["event_id"].to_pylist()  # type: ignore[union-attr]  # an Arrow array of strings
        return found


def read_decided(records: Records, until: int | None = None) -> Iterator[Decided]:
    """Yield the commits of a log in order, those that it has now or that end at ``until`` at the latest."""
    names, end = Names(), records.last_seq() if until is None else until
    rules = {row.hash: read_rules(row.body) for row in records.policies()}
    for block in records.blocks(until=end):
        names.load(block.block.new_entities, list(block.block.new_symbols))
        decisions = {decision.row: decision for decision in decisions_of(block)}
        yield Decided(block, block.block.matrix(), decisions, names, rules[block.policy])


def export_decisions(records: Records, out: Path) -> int:
    """Write every decision of a log to a Parquet file in the form of ``DECISIONS``; return how many."""
    count = 0
    with pq.ParquetWriter(out, DECISIONS, compression="zstd") as writer:
        for table in _grouped(_decision_rows(stretch) for stretch in read_stretches(records)):
            writer.write_table(table, row_group_size=_GROUP)
            count += table.num_rows
    return count


def answers_and_findings(records: Records) -> tuple[pa.Table, pa.Table]:
    """Return the answer to every event that was sent (``ANSWERS``) and every finding (``FINDINGS``), read once."""
    answers, findings = [ANSWERS.empty_table()], [FINDINGS.empty_table()]
    for stretch in read_stretches(records):
        sent = stretch.sent()
        answers.append(_table(_events(stretch, sent) | _beside(stretch, sent, _ANSWER), ANSWERS))
        findings.append(pa.Table.from_pylist(list(_finding_rows(stretch)), FINDINGS))
    return pa.concat_tables(answers), pa.concat_tables(findings)


def _grouped(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield the same rows in groups of one size: equal decisions make equal files, however they were committed."""
    held: list[pa.Table] = []
    count = 0
    for table in tables:
        held.append(table)
        count += table.num_rows
        if count >= _GROUP:
            whole = pa.concat_tables(held)
            for start in range(0, count - count % _GROUP, _GROUP):
                yield whole.slice(start, _GROUP).combine_chunks()
            held, count = [whole.slice(count - count % _GROUP).combine_chunks()], count % _GROUP
    if count:
        yield pa.concat_tables(held).combine_chunks()


def _decision_rows(stretch: Stretch) -> pa.Table:
    sent = stretch.sent()
    return _table(_events(stretch, sent) | _beside(stretch, sent, _ANSWER | _REASONS), DECISIONS)


def _table(columns: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _events(stretch: Stretch, rows: Ints) -> dict[str, pa.Array]:
    """Return the events behind decisions: where they stand in the log, and what they are."""
    moments = pa.array(stretch.numbers["as_of"][rows]).cast(DECISIONS.field("as_of").type)
    return {
        "seq": pa.array(stretch.numbers["seq"][rows]), "event_id": stretch.ids.take(pa.array(rows)),
        "source": stretch.words("source", rows), "kind": stretch.words("kind", rows), "as_of": moments,
    }  # fmt: skip


def _beside(stretch: Stretch, rows: Ints, columns: Mapping[str, Column]) -> dict[str, pa.Array]:
    """Return columns of the decisions on some rows, with what stands in them where nothing was found."""
    count = len(stretch.answered)
    places = np.full(len(stretch.numbers["seq"]), count)
    places[[each.row for each in stretch.answered]] = np.arange(count)
    here = pa.array(places[rows])
    return {
        name: pa.array([*map(said, stretch.answered), nothing], DECISIONS.field(name).type).take(here)
        for name, (said, nothing) in columns.items()
    }


def _plain_findings(answered: Answered) -> list[dict[str, object]]:
    return [
        {
            "typology": f.typology, "subject": f.role, "side": f.side, "score": f.score,
            "step": answered.decision.step_on(f.side), "new_episode": f.new_episode,
        }
        for f in answered.decision.findings
    ]  # fmt: skip


def _finding_rows(stretch: Stretch) -> Iterator[dict[str, object]]:
    rows = np.array([each.row for each in stretch.answered], np.int64)
    events = [column.to_pylist() for column in _events(stretch, rows).values()]
    for answered, seq, event_id, source, kind, as_of in zip(stretch.answered, *events, strict=True):
        decision = answered.decision
        for number, f in enumerate(decision.findings):
            yield {
                "seq": seq, "as_of": as_of, "event_id": event_id, "source": source, "kind": kind,
                "typology": f.typology, "role": f.role, "subject": stretch.names.entities.pseudonym(f.subject),
                "side": f.side, "score": f.score, "step": decision.step_on(f.side), "new_episode": f.new_episode,
                "until": decision.until, "amount": f.values.get("amount"), "currency": f.values.get("currency"),
                "reason_en": answered.reason(number, LANGUAGES[0]),
                "reason_zh": answered.reason(number, LANGUAGES[1]),
            }  # fmt: skip


#: What a decision says in a column, and what stands there where nothing was found.
Column = tuple[Callable[[Answered], object], object]

_ANSWER: Final[dict[str, Column]] = {
    "action": (lambda each: each.decision.action, "allow"),
    "score": (lambda each: each.decision.score, 0.0),
}
_REASONS: Final[dict[str, Column]] = {
    "findings": (_plain_findings, ()),
    "reasons_en": (lambda each: each.reasons(LANGUAGES[0]), ()),
    "reasons_zh": (lambda each: each.reasons(LANGUAGES[1]), ()),
    "why_not_lower": (lambda each: each.decision.why_not_lower or None, None),
    "proposed": (lambda each: each.decision.proposed, ()),
    "until": (lambda each: each.decision.until, None),
    "exempt": (lambda each: each.decision.exempt, None),
    "vulnerable": (lambda each: each.decision.vulnerable, None),
}
