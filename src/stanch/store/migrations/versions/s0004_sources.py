"""Whose events measures and findings came of, so that an institution is shown its own and no others."""

import sqlalchemy as sa
from alembic import op

from stanch.model.kinds import KINDS, LATER
from stanch.store.blocks import decode_block

revision = "0004"
down_revision = "0003"

#: The words that every log begins with, before the ones that its blocks carry.
_FIRST_WORDS = (*(kind for kind in KINDS if kind not in LATER), "stanch")


def upgrade() -> None:
    """Add the columns, and fill them from the log for what is there already."""
    for table in ("findings", "measures"):
        op.add_column(table, sa.Column("source", sa.Text))
        op.create_index(f"{table}_by_source", table, ["source", "seq"])
    connection = op.get_bind()
    words = list(_FIRST_WORDS)
    for first, last, body in connection.execute(
        sa.text("SELECT first_seq, last_seq, body FROM blocks ORDER BY first_seq")
    ).all():
        block = decode_block(body, ("source",))
        known = set(words)
        words += [word for word in block.new_symbols if word not in known]
        _fill(connection, (first, last), [words[code] for code in block.columns["source"].tolist()])


def _fill(connection: sa.Connection, span: tuple[int, int], sources: list[str]) -> None:
    first, last = span
    for table in ("findings", "measures"):
        found = connection.execute(
            sa.text(f"SELECT DISTINCT seq FROM {table} WHERE seq BETWEEN :first AND :last"),
            {"first": first, "last": last},
        ).all()
        rows = [{"seq": seq, "source": sources[seq - first]} for (seq,) in found]
        if rows:
            connection.execute(sa.text(f"UPDATE {table} SET source = :source WHERE seq = :seq"), rows)
