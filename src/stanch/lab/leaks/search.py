"""Searching a home for leaks, and holding what was found against the truth of its world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from stanch.engine.leak_search import LeakReport, leak_report
from stanch.engine.look_up_log import read_look_ups
from stanch.lab.measure.ground import Names
from stanch.lab.play import open_existing
from stanch.lab.truth_files import truth_file
from stanch.store.records import Records


@dataclass(frozen=True, slots=True)
class LeakTruth:
    """Who leaked in a world: insiders, how many of them are among the leads, and the leads who are innocent."""

    insiders: int
    found: int
    false_names: tuple[str, ...]
    false_roles: tuple[str, ...]


def search_leaks(home: Path) -> LeakReport:
    """Return what to audit first in a home's log."""
    with Records.read(home) as records:
        return leak_report(read_look_ups(records))


def hold_against(found: LeakReport, home: Path, truth: Path, keys: Path | None) -> LeakTruth:
    """Return how many insiders of a world a search found, and whom else it names."""
    with open_existing(home, keys) as opened:
        names = Names(opened.ring.keys)
    table = pq.read_table(truth_file(truth, "entities"))
    roles = {
        names.of(clear): role for clear, role in zip(*(table[c].to_pylist() for c in ("entity", "role")), strict=True)
    }
    insiders = {f"employee:{who.hex()}" for who, role in roles.items() if who is not None and role == "insider"}
    named = {lead.employee for lead in found.leads}
    false = sorted(named - insiders)
    known = {f"employee:{who.hex()}": role for who, role in roles.items() if who is not None}
    return LeakTruth(len(insiders), len(named & insiders), tuple(false), tuple(known.get(each, "") for each in false))
