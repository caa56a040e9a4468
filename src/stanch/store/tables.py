"""The tables of ``log.db``: the log itself, what it found and did, and what still has to leave the house."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

#: Steps that the machine may take alone. Others need a person, a reason, a legal basis, an end and a way to object.
MACHINE_STEPS: Final = ("inform", "warn", "confirm", "contact", "reverify", "delay")

_MACHINE: Final = ", ".join(f"'{step}'" for step in MACHINE_STEPS)
_GIVEN: Final = " AND ".join(
    f"{column} IS NOT NULL AND length({column}) > 0" for column in ("person", "reason", "legal_basis", "objection")
)
#: What a measure must carry: no row without it can be saved.
A_PERSON_MAY_HARM: Final = f"step IN ({_MACHINE}) OR (power <> 'machine' AND until IS NOT NULL AND {_GIVEN})"
A_DELAY_ENDS: Final = "step <> 'delay' OR until IS NOT NULL"
AN_END_COMES_AFTER: Final = "until IS NULL OR until > placed_at"

#: A 64-bit integer; on SQLite the type whose primary key is the row id.
_INT: Final = BigInteger().with_variant(Integer(), "sqlite")

METADATA: Final = MetaData()

BLOCKS: Final = Table(
    "blocks",
    METADATA,
    Column("first_seq", _INT, primary_key=True, autoincrement=False),
    Column("last_seq", _INT, nullable=False),
    Column("events", Integer, nullable=False),
    Column("first_as_of", _INT, nullable=False),
    Column("last_as_of", _INT, nullable=False),
    Column("policy", Text, nullable=False),
    Column("checksum", _INT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("decisions", LargeBinary, nullable=False),
    CheckConstraint("last_seq - first_seq + 1 = events", name="no_gap_inside"),
    Index("blocks_by_clock", "last_as_of"),
)

FINDINGS: Final = Table(
    "findings",
    METADATA,
    Column("seq", _INT, primary_key=True, autoincrement=False),
    Column("typology", Text, primary_key=True),
    Column("subject", LargeBinary(16), primary_key=True),
    Column("subject_role", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("step", Text, nullable=False),
    Column("episode_new", Boolean, nullable=False),
    Index("findings_by_subject", "subject", "seq"),
    sqlite_with_rowid=False,
)

MEASURES: Final = Table(
    "measures",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("seq", _INT, nullable=False),
    Column("step", Text, nullable=False),
    Column("subject", LargeBinary(16), nullable=False),
    Column("amount", _INT),
    Column("currency", Text),
    Column("placed_at", _INT, nullable=False),
    Column("until", _INT),
    Column("state", Text, nullable=False),
    Column("power", Text, nullable=False),
    Column("person", Text),
    Column("reason", Text, nullable=False),
    Column("legal_basis", Text),
    Column("objection", Text),
    CheckConstraint(A_PERSON_MAY_HARM, name="a_person_may_harm"),
    CheckConstraint(A_DELAY_ENDS, name="a_delay_ends"),
    CheckConstraint(AN_END_COMES_AFTER, name="an_end_comes_after"),
    Index("measures_by_subject", "subject"),
    Index("measures_by_state", "state", "until"),
)

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("seq", _INT, nullable=False),
    Column("topic", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", _INT, nullable=False),
    Column("sent_at", _INT),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index("outbox_by_state", "sent_at", "seq"),
)

POLICIES: Final = Table(
    "policies",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("activated_seq", _INT, nullable=False),
)

PROGRESS: Final = Table(
    "progress",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

META: Final = Table(
    "meta",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
