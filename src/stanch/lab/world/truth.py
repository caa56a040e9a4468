"""What is true in the made-up country and no institution knows: kept apart from the events."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.lab.world.assemble import event_ids
from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import NOTHING, Rows
from stanch.lab.world.names import Names
from stanch.lab.world.population import People

#: The steps of the chain, in the order of a case.
STEPS = ("leak", "card_supply", "account_supply", "contact", "payment", "layering", "exit", "report")


@dataclass(frozen=True, slots=True)
class Flow:
    """One movement of a victim's money: the event that moved it, and the events that had brought it there."""

    source: str
    event: int
    case: str
    victim: int  #: code of the person
    scheme: str
    funded_by: tuple[int, ...]
    amount: int


@dataclass(slots=True)
class Truth:
    """Everything that was planted, collected while the country is made."""

    cases: list[str] = field(default_factory=list)
    roles: dict[int, tuple[str, str, bool]] = field(default_factory=dict)
    planted: list[tuple[str, int, str, int, int]] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    _events: list[pa.Table] = field(default_factory=list)

    def case(self, name: str) -> int:
        """Open a case; return its number."""
        self.cases.append(name)
        return len(self.cases) - 1

    def role(self, entities: Ints | int, role: str, case: str = "", *, bad: bool = False) -> None:
        """Say what entities are. The first role of an entity stays."""
        for entity in np.atleast_1d(np.asarray(entities)).tolist():
            self.roles.setdefault(entity, (role, case, bad))

    def plant(self, typology: str, subject: int, case: str, when: Ints | list[int]) -> None:
        """Say that a typology ought to fire on a subject between the first and the last of these moments."""
        times = np.asarray(when)
        self.planted.append((typology, subject, case, int(times.min()), int(times.max())))

    def see(self, rows: Rows, names: Names) -> int:
        """Keep what is true of the events of one day; return how many of them are fraud."""
        those = np.flatnonzero(rows["case"] != NOTHING)
        self._events.append(pa.table({
            "source": names.word_strings().take(pa.array(rows["source"][those])).cast(pa.string()),
            "event_id": event_ids(rows["event"][those]),
            "case": pa.array(self.cases, pa.string()).take(pa.array(rows["case"][those])),
            "step": pa.array(STEPS).take(pa.array(rows["step"][those], mask=rows["step"][those] == NOTHING)),
            "bad": pa.array(rows["bad"][those] == 1),
        }))  # fmt: skip
        return int((rows["bad"] == 1).sum())

    def write(self, folder: Path, names: Names, people: People) -> None:
        """Write the truth into its own folder."""
        folder.mkdir(parents=True, exist_ok=True)
        strings = names.entity_strings()
        pq.write_table(pa.concat_tables(self._events), folder / "events.parquet")
        pq.write_table(self._entity_table(strings), folder / "entities.parquet")
        pq.write_table(self._planted_table(strings), folder / "planted.parquet")
        pq.write_table(self._flow_table(strings), folder / "flows.parquet")
        pq.write_table(_people_table(strings, names, people), folder / "people.parquet")

    def _entity_table(self, strings: pa.StringArray) -> pa.Table:
        roles, cases, bad = zip(*self.roles.values(), strict=True)
        who = strings.take(pa.array(list(self.roles), pa.int64()))
        return pa.table({"entity": who, "role": list(roles), "case": list(cases), "bad": list(bad)})

    def _planted_table(self, strings: pa.StringArray) -> pa.Table:
        typology, subject, case, start, end = zip(*self.planted, strict=True)
        return pa.table({
            "typology": list(typology), "case": list(case),
            "subject": strings.take(pa.array(list(subject), pa.int64())),
            "start": pa.array(list(start), pa.int64()), "end": pa.array(list(end), pa.int64()),
        })  # fmt: skip

    def _flow_table(self, strings: pa.StringArray) -> pa.Table:
        return pa.table({
            "source": pa.array([f.source for f in self.flows], pa.string()),
            "event_id": pa.array([str(f.event) for f in self.flows], pa.string()),
            "case": pa.array([f.case for f in self.flows], pa.string()),
            "victim": strings.take(pa.array([f.victim for f in self.flows], pa.int64())),
            "scheme": pa.array([f.scheme for f in self.flows], pa.string()),
            "funded_by": pa.array([[str(e) for e in f.funded_by] for f in self.flows], pa.list_(pa.string())),
            "amount": pa.array([f.amount for f in self.flows], pa.int64()),
        })  # fmt: skip


def _people_table(strings: pa.StringArray, names: Names, people: People) -> pa.Table:
    bounds, groups = np.asarray([18, 41, 60]), pa.array(["minor", "young", "middle", "old"])
    return pa.table({
        "person": strings.take(pa.array(people.code)), "birth_year": people.birth_year,
        "region": names.word_strings().take(pa.array(people.region)), "lives_alone": people.lives_alone,
        "student": people.student, "age_group": groups.take(pa.array(np.digitize(people.age, bounds))),
    })  # fmt: skip
