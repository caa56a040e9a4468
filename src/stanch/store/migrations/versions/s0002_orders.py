"""The steps of orders."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STEPS = (
    "(measure = 'query' AND from_state = '' AND to_state IN ('drafted')) OR "
    "(measure = 'query' AND from_state = 'drafted' AND "
    "to_state IN ('drafted', 'approved', 'declined', 'lapsed')) OR "
    "(measure = 'query' AND from_state = 'approved' AND "
    "to_state IN ('approved', 'overdue', 'done', 'refused', 'expired', 'released')) OR "
    "(measure = 'query' AND from_state = 'overdue' AND "
    "to_state IN ('overdue', 'done', 'refused', 'expired', 'released')) OR "
    "(measure = 'stop' AND from_state = '' AND to_state IN ('drafted')) OR "
    "(measure = 'stop' AND from_state = 'drafted' AND "
    "to_state IN ('drafted', 'approved', 'declined', 'lapsed')) OR "
    "(measure = 'stop' AND from_state = 'approved' AND "
    "to_state IN ('approved', 'overdue', 'in_force', 'refused', 'expired', 'released', 'replaced')) OR "
    "(measure = 'stop' AND from_state = 'overdue' AND "
    "to_state IN ('overdue', 'in_force', 'refused', 'expired', 'released', 'replaced')) OR "
    "(measure = 'stop' AND from_state = 'in_force' AND "
    "to_state IN ('in_force', 'expired', 'released', 'returned', 'replaced')) OR "
    "(measure = 'freeze' AND from_state = '' AND to_state IN ('drafted')) OR "
    "(measure = 'freeze' AND from_state = 'drafted' AND "
    "to_state IN ('drafted', 'approved', 'declined', 'lapsed')) OR "
    "(measure = 'freeze' AND from_state = 'approved' AND "
    "to_state IN ('approved', 'overdue', 'in_force', 'refused', 'expired', 'released')) OR "
    "(measure = 'freeze' AND from_state = 'overdue' AND "
    "to_state IN ('overdue', 'in_force', 'refused', 'expired', 'released')) OR "
    "(measure = 'freeze' AND from_state = 'in_force' AND "
    "to_state IN ('in_force', 'expired', 'released', 'returned')) OR "
    "(measure = 'release' AND from_state = '' AND to_state IN ('drafted')) OR "
    "(measure = 'release' AND from_state = 'drafted' AND "
    "to_state IN ('drafted', 'approved', 'declined', 'lapsed', 'overdue')) OR "
    "(measure = 'release' AND from_state = 'approved' AND to_state IN ('done', 'refused', 'overdue')) OR "
    "(measure = 'release' AND from_state = 'overdue' AND "
    "to_state IN ('approved', 'declined', 'lapsed', 'done', 'refused')) OR "
    "(measure = 'return' AND from_state = '' AND to_state IN ('drafted')) OR "
    "(measure = 'return' AND from_state = 'drafted' AND "
    "to_state IN ('drafted', 'approved', 'declined', 'lapsed')) OR "
    "(measure = 'return' AND from_state = 'approved' AND "
    "to_state IN ('approved', 'overdue', 'done', 'refused', 'expired', 'released')) OR "
    "(measure = 'return' AND from_state = 'overdue' AND "
    "to_state IN ('overdue', 'done', 'refused', 'expired', 'released'))"
)
_OUT = "to_state IN ('approved', 'in_force') OR (measure IN ('stop', 'freeze', 'return') AND to_state = 'overdue')"
_FIRST = "step = 1 AND previous IS NULL AND from_state = ''"
_LATER = "step > 1 AND previous IS NOT NULL AND previous = step - 1 AND from_state <> ''"
_GIVEN = " AND ".join(
    f"{c} IS NOT NULL AND length({c}) > 0" for c in ("person", "power", "reason", "basis", "objection")
)
_SAME = ("measure", "account", "institution", "currency")
_RULES = {
    "only_these_steps": _STEPS,
    "a_step_follows_another": f"({_FIRST}) OR ({_LATER})",
    "a_person_decides": f"NOT ({_OUT}) OR (power <> 'machine' AND {_GIVEN})",
    "four_eyes": f"measure NOT IN ('freeze', 'return') OR NOT ({_OUT}) OR (second IS NOT NULL AND second <> person)",
    "an_order_ends": f"measure NOT IN ('stop', 'freeze') OR NOT ({_OUT}) OR (until IS NOT NULL AND until > at)",
    "no_more_than_ordered": "held >= 0 AND held <= amount",
}


def upgrade() -> None:
    """Create the table of orders' steps, with its rules."""
    op.create_table(
        "order_steps",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("previous", sa.Integer),
        *(sa.Column(name, _INT, nullable=False) for name in ("seq", "at")),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("institution", "currency", "from_state", "to_state")),
        *(sa.Column(name, _INT, nullable=False) for name in ("amount", "held")),
        sa.Column("actor", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("acts_as", "reason", "power")),
        *(sa.Column(name, sa.Text) for name in ("person", "second")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("term", "basis")),
        sa.Column("until", _INT),
        sa.Column("objection", sa.Text, nullable=False),
        sa.Column("follows", sa.Text),
        sa.UniqueConstraint("order_id", "step", "to_state", *_SAME, name="a_step_can_be_followed"),
        sa.ForeignKeyConstraint(
            ["order_id", "previous", "from_state", *_SAME],
            [f"order_steps.{column}" for column in ("order_id", "step", "to_state", *_SAME)],
            name="a_step_follows_the_one_before",
        ),
        *(sa.CheckConstraint(rule, name=name) for name, rule in _RULES.items()),
    )
    for column in ("account", "seq"):
        op.create_index(f"order_steps_by_{column}", "order_steps", [column])
