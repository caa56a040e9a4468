"""Warnings counted: before the payment or not, heeded or not, in every group the same payments."""

from __future__ import annotations

import duckdb

from stanch.lab.measure.warned import Warned, warned_by_group

_TABLES = (
    "CREATE TABLE findings AS SELECT * FROM (VALUES ('a1', 'protect', 'warn', 10), ('b1', 'protect', 'inform', 10),"
    " ('c1', 'control', 'delay', 1)) t(subject, side, step, as_of)",
    "CREATE TABLE owners AS SELECT * FROM (VALUES ('a1', 'a'), ('b1', 'b'), ('c1', 'c')) t(entity, person)",
    "CREATE TABLE flows AS SELECT 's' AS source, id AS event_id, who AS victim, 'loan' AS scheme, []::VARCHAR[] AS"
    " funded_by FROM (VALUES ('p1', 'a'), ('p2', 'a'), ('p3', 'b'), ('p4', 'c')) t(id, who)",
    "CREATE TABLE instructions AS SELECT 's' AS source, id AS event_id, t.moment AS \"at\" FROM"
    " (VALUES ('p1', 5), ('p2', 10), ('p3', 20), ('p4', 20)) t(id, moment)",
    'CREATE TABLE decisions AS SELECT i.source, i.event_id, i."at" AS as_of FROM instructions i',
    "CREATE TABLE outcomes AS SELECT 's' AS source, id AS event_id, o AS outcome FROM"
    " (VALUES ('p1', 'sent'), ('p2', 'given up'), ('p3', 'sent'), ('p4', 'delayed')) t(id, o)",
    "CREATE TABLE people AS SELECT * FROM (VALUES ('a', 'old', 'N'), ('b', 'old', 'S'), ('c', 'minor', 'S'))"
    " t(person, age_group, region)",
)


def test_a_payment_is_warned_only_by_a_warning_that_came_no_later_and_protects() -> None:
    with duckdb.connect() as base:
        for table in _TABLES:
            base.execute(table)
        found = warned_by_group(base)
    assert found == (
        Warned("age", "minor", 1, 1, 0, 0, 0, 0),
        Warned("age", "old", 2, 3, 1, 1, 0, 0),
        Warned("region", "N", 1, 2, 1, 1, 0, 0),
        Warned("region", "S", 2, 2, 0, 0, 0, 0),
        Warned("scheme", "loan", 3, 4, 1, 1, 0, 0),
    )
