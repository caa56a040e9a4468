"""Rules that people propose, what they do about them, and what rules on trial would have decided."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables. Rules that were activated before stand in ``policies`` as they did."""
    op.create_table(
        "versions",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("seq", _INT, nullable=False),
    )
    op.create_table(
        "rule_acts",
        sa.Column("seq", _INT, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("person", sa.LargeBinary(16), nullable=False),
        sa.Column("at", _INT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("replaces", sa.Text, nullable=False),
        sa.Column("proposer", sa.LargeBinary(16)),
        sa.CheckConstraint(
            "kind <> 'rules_approved' OR (proposer IS NOT NULL AND proposer <> person)", name="two_people"
        ),
        sa.CheckConstraint(
            "kind NOT IN ('rules_proposed', 'rules_rolled_back') OR length(reason) > 0", name="with_a_reason"
        ),
    )
    op.create_table(
        "shadows",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("seq", _INT, primary_key=True, autoincrement=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("live", sa.Text, nullable=False),
        sa.Column("decision", sa.LargeBinary, nullable=False),
    )
