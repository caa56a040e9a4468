"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MACHINE = "'inform', 'warn', 'confirm', 'contact', 'reverify', 'delay'"
_GIVEN = " AND ".join(f"{c} IS NOT NULL AND length({c}) > 0" for c in ("person", "reason", "legal_basis", "objection"))
_HARM = f"step IN ({_MACHINE}) OR (power <> 'machine' AND until IS NOT NULL AND {_GIVEN})"


def upgrade() -> None:
    """Create the log, its findings and measures, the outbox and the small tables."""
    _blocks()
    _findings()
    _measures()
    _outbox()
    op.create_table(
        "policies",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("activated_seq", _INT, nullable=False),
    )
    for name in ("progress", "meta"):
        op.create_table(name, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))


def _blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("first_seq", _INT, primary_key=True, autoincrement=False),
        sa.Column("last_seq", _INT, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("first_as_of", _INT, nullable=False),
        sa.Column("last_as_of", _INT, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("checksum", _INT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("decisions", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("last_seq - first_seq + 1 = events", name="no_gap_inside"),
    )
    op.create_index("blocks_by_clock", "blocks", ["last_as_of"])


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("seq", _INT, primary_key=True, autoincrement=False),
        sa.Column("typology", sa.Text, primary_key=True),
        sa.Column("subject", sa.LargeBinary(16), primary_key=True),
        sa.Column("subject_role", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("episode_new", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("findings_by_subject", "findings", ["subject", "seq"])


def _measures() -> None:
    op.create_table(
        "measures",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", _INT, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("subject", sa.LargeBinary(16), nullable=False),
        sa.Column("amount", _INT),
        sa.Column("currency", sa.Text),
        sa.Column("placed_at", _INT, nullable=False),
        sa.Column("until", _INT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("power", sa.Text, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text),
        sa.Column("objection", sa.Text),
        sa.CheckConstraint(_HARM, name="a_person_may_harm"),
        sa.CheckConstraint("step <> 'delay' OR until IS NOT NULL", name="a_delay_ends"),
        sa.CheckConstraint("until IS NULL OR until > placed_at", name="an_end_comes_after"),
    )
    op.create_index("measures_by_subject", "measures", ["subject"])
    op.create_index("measures_by_state", "measures", ["state", "until"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", _INT, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", _INT, nullable=False),
        sa.Column("sent_at", _INT),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("outbox_by_state", "outbox", ["sent_at", "seq"])
