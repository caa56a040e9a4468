"""Decisions read back from the log, with their reasons in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.engine.names import OURSELVES, Names
from stanch.engine.restart import decisions_of
from stanch.engine.rules import Rules, read_rules
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision
from stanch.store.records import Records
from stanch.store.rows import LogBlock
from stanch.typologies.reasons import LANGUAGES

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

    def sent(self) -> list[int]:
        """The rows that senders reported; the others we wrote ourselves."""
        own = self.names.words.code(OURSELVES)
        return [int(r) for r in np.flatnonzero(self.rows[:, INDEX["source"]] != own)]

    def words(self, column: str) -> list[str | None]:
        """The words of a column."""
        return [self.names.words.word(code) for code in self.rows[:, INDEX[column]].tolist()]

    def ids(self) -> list[str]:
        """The ids that senders gave."""
        found: list[str] = self.block.block.columns["event_id"].to_pylist()  # type: ignore[union-attr]  # an Arrow array of strings
        return found

    def reasons(self, decision: Decision, language: str) -> list[str]:
        """The sentences of a decision's findings."""
        return [self.reason(decision, number, language) for number in range(len(decision.findings))]

    def reason(self, decision: Decision, number: int, language: str) -> str:
        """The sentence of one finding."""
        finding = decision.findings[number]
        currency = finding.values.get("currency")
        sentence = self.rules.catalogue.get(finding.typology).reason[language]
        return sentence.render(finding.values, language, None if currency is None else str(currency))


def read_decided(records: Records) -> Iterator[Decided]:
    """Yield the commits of a log in order."""
    names = Names()
    rules = {row.hash: read_rules(row.body) for row in records.policies()}
    for block in records.blocks():
        names.load(block.block.new_entities, list(block.block.new_symbols))
        decisions = {decision.row: decision for decision in decisions_of(block)}
        yield Decided(block, block.block.matrix(), decisions, names, rules[block.policy])


def export_decisions(records: Records, out: Path) -> int:
    """Write every decision of a log to a Parquet file in the form of ``DECISIONS``; return how many."""
    count = 0
    with pq.ParquetWriter(out, DECISIONS, compression="zstd") as writer:
        for table in _grouped(_decision_rows(decided) for decided in read_decided(records)):
            writer.write_table(table, row_group_size=_GROUP)
            count += table.num_rows
    return count


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


def findings_table(records: Records) -> pa.Table:
    """Return every finding of a log, in the form of ``FINDINGS``."""
    rows = [row for decided in read_decided(records) for row in _finding_rows(decided)]
    return pa.Table.from_pylist(rows, FINDINGS)


def _decision_rows(decided: Decided) -> pa.Table:
    sent = decided.sent()
    rows, ids = decided.rows, decided.ids()
    sources, kinds = decided.words("source"), decided.words("kind")
    plain = [decided.decisions.get(r) for r in sent]
    columns = {
        "seq": rows[sent, INDEX["seq"]],
        "event_id": [ids[r] for r in sent],
        "source": [sources[r] for r in sent],
        "kind": [kinds[r] for r in sent],
        "as_of": rows[sent, INDEX["as_of"]],
        "action": [d.action if d else "allow" for d in plain],
        "score": [d.score if d else 0.0 for d in plain],
        "findings": [_plain_findings(d) if d else [] for d in plain],
        "reasons_en": [decided.reasons(d, LANGUAGES[0]) if d else [] for d in plain],
        "reasons_zh": [decided.reasons(d, LANGUAGES[1]) if d else [] for d in plain],
        "why_not_lower": [d.why_not_lower or None if d else None for d in plain],
        "proposed": [list(d.proposed) if d else [] for d in plain],
        "until": [d.until if d else None for d in plain],
        "exempt": [d.exempt if d else None for d in plain],
        "vulnerable": [d.vulnerable if d else None for d in plain],
    }
    return pa.table({name: pa.array(values, DECISIONS.field(name).type) for name, values in columns.items()}, DECISIONS)


def _plain_findings(decision: Decision) -> list[dict[str, object]]:
    return [
        {
            "typology": f.typology, "subject": f.role, "side": f.side, "score": f.score,
            "step": decision.step_on(f.side), "new_episode": f.new_episode,
        }
        for f in decision.findings
    ]  # fmt: skip


def _finding_rows(decided: Decided) -> Iterator[dict[str, object]]:
    if not decided.decisions:
        return
    ids, sources, kinds = decided.ids(), decided.words("source"), decided.words("kind")
    for r, decision in sorted(decided.decisions.items()):
        row = decided.rows[r]
        for number, f in enumerate(decision.findings):
            yield {
                "seq": int(row[INDEX["seq"]]), "as_of": int(row[INDEX["as_of"]]), "event_id": ids[r],
                "source": sources[r], "kind": kinds[r], "typology": f.typology, "role": f.role,
                "subject": decided.names.entities.pseudonym(f.subject), "side": f.side, "score": f.score,
                "step": decision.step_on(f.side), "new_episode": f.new_episode, "until": decision.until,
                "amount": f.values.get("amount"), "currency": f.values.get("currency"),
                "reason_en": decided.reason(decision, number, LANGUAGES[0]),
                "reason_zh": decided.reason(decision, number, LANGUAGES[1]),
            }  # fmt: skip
