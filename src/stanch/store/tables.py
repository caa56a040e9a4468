"""The tables of ``log.db``: the log itself, what it found and did, and what still has to leave the house."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from stanch.decide.orders import STEPS

#: Steps that the machine may take alone. Others need a person, a reason, a legal basis, an end and a way to object.
MACHINE_STEPS: Final = ("inform", "warn", "confirm", "contact", "reverify", "delay")


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_MACHINE: Final = _quoted(MACHINE_STEPS)
_GIVEN: Final = " AND ".join(
    f"{column} IS NOT NULL AND length({column}) > 0" for column in ("person", "reason", "legal_basis", "objection")
)
#: What a measure must carry: no row without it can be saved.
A_PERSON_MAY_HARM: Final = f"step IN ({_MACHINE}) OR (power <> 'machine' AND until IS NOT NULL AND {_GIVEN})"
A_DELAY_ENDS: Final = "step <> 'delay' OR until IS NOT NULL"
AN_END_COMES_AFTER: Final = "until IS NULL OR until > placed_at"

_ALLOWED: Final = " OR ".join(
    f"(measure = '{measure}' AND from_state = '{state}' AND to_state IN ({_quoted(follow)}))"
    for measure, steps in STEPS.items()
    for state, follow in steps.items()
)
_OUT: Final = (
    "to_state IN ('approved', 'in_force') OR (measure IN ('stop', 'freeze', 'return') AND to_state = 'overdue')"
)
_DECIDED: Final = " AND ".join(
    f"{column} IS NOT NULL AND length({column}) > 0" for column in ("person", "power", "reason", "basis", "objection")
)
#: What a step of an order must carry: no row without it, and no impossible step, can be saved.
ONLY_THESE_STEPS: Final = _ALLOWED
A_STEP_FOLLOWS_ANOTHER: Final = (
    "(step = 1 AND previous IS NULL AND from_state = '') OR "
    "(step > 1 AND previous IS NOT NULL AND previous = step - 1 AND from_state <> '')"
)
A_PERSON_DECIDES: Final = f"NOT ({_OUT}) OR (power <> 'machine' AND {_DECIDED})"
FOUR_EYES: Final = f"measure NOT IN ('freeze', 'return') OR NOT ({_OUT}) OR (second IS NOT NULL AND second <> person)"
AN_ORDER_ENDS: Final = f"measure NOT IN ('stop', 'freeze') OR NOT ({_OUT}) OR (until IS NOT NULL AND until > at)"
NO_MORE_THAN_ORDERED: Final = "held >= 0 AND held <= amount"
#: A query is sealed, and nobody is told nothing.
A_NOTICE_SAYS_SOMETHING: Final = "measure <> 'query' AND length(text) > 0"
#: Nobody approves what he proposed himself.
TWO_PEOPLE: Final = "kind <> 'rules_approved' OR (proposer IS NOT NULL AND proposer <> person)"
WITH_A_REASON: Final = "kind NOT IN ('rules_proposed', 'rules_rolled_back') OR length(reason) > 0"
#: What never changes between two steps of an order.
_SAME: Final = ("measure", "account", "institution", "currency")

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
    Column("source", Text),
    Index("findings_by_subject", "subject", "seq"),
    Index("findings_by_source", "source", "seq"),
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
    Column("source", Text),
    CheckConstraint(A_PERSON_MAY_HARM, name="a_person_may_harm"),
    CheckConstraint(A_DELAY_ENDS, name="a_delay_ends"),
    CheckConstraint(AN_END_COMES_AFTER, name="an_end_comes_after"),
    Index("measures_by_subject", "subject"),
    Index("measures_by_state", "state", "until"),
    Index("measures_by_source", "source", "seq"),
)

ORDER_STEPS: Final = Table(
    "order_steps",
    METADATA,
    Column("order_id", Text, primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("previous", Integer),
    Column("seq", _INT, nullable=False),
    Column("at", _INT, nullable=False),
    Column("measure", Text, nullable=False),
    Column("account", LargeBinary(16), nullable=False),
    Column("institution", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    Column("amount", _INT, nullable=False),
    Column("held", _INT, nullable=False),
    Column("actor", Text),
    Column("acts_as", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("power", Text, nullable=False),
    Column("person", Text),
    Column("second", Text),
    Column("term", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("until", _INT),
    Column("objection", Text, nullable=False),
    Column("follows", Text),
    UniqueConstraint("order_id", "step", "to_state", *_SAME, name="a_step_can_be_followed"),
    ForeignKeyConstraint(
        ["order_id", "previous", "from_state", *_SAME],
        [f"order_steps.{column}" for column in ("order_id", "step", "to_state", *_SAME)],
        name="a_step_follows_the_one_before",
    ),
    CheckConstraint(ONLY_THESE_STEPS, name="only_these_steps"),
    CheckConstraint(A_STEP_FOLLOWS_ANOTHER, name="a_step_follows_another"),
    CheckConstraint(A_PERSON_DECIDES, name="a_person_decides"),
    CheckConstraint(FOUR_EYES, name="four_eyes"),
    CheckConstraint(AN_ORDER_ENDS, name="an_order_ends"),
    CheckConstraint(NO_MORE_THAN_ORDERED, name="no_more_than_ordered"),
    Index("order_steps_by_account", "account"),
    Index("order_steps_by_seq", "seq"),
)

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("order_id", Text, primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("language", Text, primary_key=True),
    Column("seq", _INT, nullable=False),
    Column("at", _INT, nullable=False),
    Column("measure", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("account", LargeBinary(16), nullable=False),
    Column("institution", Text, nullable=False),
    Column("until", _INT),
    Column("text", Text, nullable=False),
    ForeignKeyConstraint(
        ["order_id", "step"], ["order_steps.order_id", "order_steps.step"], name="a_notice_tells_of_a_step"
    ),
    CheckConstraint(A_NOTICE_SAYS_SOMETHING, name="a_notice_says_something"),
    Index("notices_by_account", "account"),
    Index("notices_by_seq", "seq"),
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

VERSIONS: Final = Table(
    "versions",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("seq", _INT, nullable=False),
)

RULE_ACTS: Final = Table(
    "rule_acts",
    METADATA,
    Column("seq", _INT, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("person", LargeBinary(16), nullable=False),
    Column("at", _INT, nullable=False),
    Column("reason", Text, nullable=False),
    Column("replaces", Text, nullable=False),
    Column("proposer", LargeBinary(16)),
    CheckConstraint(TWO_PEOPLE, name="two_people"),
    CheckConstraint(WITH_A_REASON, name="with_a_reason"),
)

SHADOWS: Final = Table(
    "shadows",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("seq", _INT, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("live", Text, nullable=False),
    Column("decision", LargeBinary, nullable=False),
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
