"""Rows of one institution: what was found and done on its events, and the orders that went out to it.

Every query names the institution: what is another's is not found.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, func, select

from stanch.store.records import Records
from stanch.store.rows import MeasureRow, OrderStepRow, Page
from stanch.store.tables import FINDINGS, MEASURES, ORDER_STEPS


def measures_of(records: Records, page: Page, state: str | None = None, id_: str | None = None) -> list[MeasureRow]:
    """Return measures taken on one sender's events, of one state or with one id where given."""
    query = _paged(select(MEASURES), MEASURES, page).order_by(MEASURES.c.seq, MEASURES.c.id)
    for column, wanted in ((MEASURES.c.state, state), (MEASURES.c.id, id_)):
        query = query if wanted is None else query.where(column == wanted)
    return [MeasureRow(**row) for row in records.rows(query)]


def found_on(records: Records, page: Page, typology: str | None = None) -> list[int]:
    """Return the places of one sender's events on which something, or one typology, was found."""
    query = _paged(select(FINDINGS.c.seq).distinct(), FINDINGS, page).order_by(FINDINGS.c.seq)
    query = query if typology is None else query.where(FINDINGS.c.typology == typology)
    return [row["seq"] for row in records.rows(query)]


def orders_to(records: Records, institution: str, order_id: str | None = None) -> list[OrderStepRow]:
    """Return the steps, from the first approval on, of the orders that went out to an institution."""
    columns = [ORDER_STEPS.c[name] for name in OrderStepRow.__struct_fields__]
    sent = select(ORDER_STEPS.c.order_id, func.min(ORDER_STEPS.c.step).label("step")).where(
        ORDER_STEPS.c.institution == institution, ORDER_STEPS.c.to_state == "approved"
    )
    sent = sent if order_id is None else sent.where(ORDER_STEPS.c.order_id == order_id)
    first = sent.group_by(ORDER_STEPS.c.order_id).subquery()
    query = select(*columns).join(first, first.c.order_id == ORDER_STEPS.c.order_id)
    query = query.where(ORDER_STEPS.c.step >= first.c.step).order_by(ORDER_STEPS.c.order_id, ORDER_STEPS.c.step)
    return [OrderStepRow(**row) for row in records.rows(query)]


def _paged(query: Select[*tuple[Any, ...]], table: Table, page: Page) -> Select[*tuple[Any, ...]]:  # Any: any columns
    query = query.where(table.c.source == page.source, table.c.seq >= page.since_seq).limit(page.limit)
    return query if page.until_seq is None else query.where(table.c.seq < page.until_seq)
