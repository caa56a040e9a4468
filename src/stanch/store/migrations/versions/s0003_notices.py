"""What holders of accounts are told of steps of orders."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of notices. Of steps taken before, none are written now: their time to be told is past."""
    op.create_table(
        "notices",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("language", sa.Text, primary_key=True),
        *(sa.Column(name, _INT, nullable=False) for name in ("seq", "at")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("measure", "state")),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("institution", sa.Text, nullable=False),
        sa.Column("until", _INT),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id", "step"], ["order_steps.order_id", "order_steps.step"], name="a_notice_tells_of_a_step"
        ),
        sa.CheckConstraint("measure <> 'query' AND length(text) > 0", name="a_notice_says_something"),
    )
    for column in ("account", "seq"):
        op.create_index(f"notices_by_{column}", "notices", [column])
