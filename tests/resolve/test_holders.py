from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.features.plan import KIND_NUMBER
from stanch.model.columns import INDEX, NULL
from stanch.model.interner import Words
from stanch.model.kinds import KINDS
from stanch.resolve.holders import Holders

Ints = npt.NDArray[np.int64]
Row = dict[str, int | str | None]

ENTITIES = 8
RESOLVED = ("src_person", "dst_person", "src_card", "dst_card", "src_employer", "dst_employer")
PERSON, COMPANY, CARD, ACCOUNT, USER, EMPLOYEE = 1, 2, 3, 4, 5, 6


def row(kind: str, **columns: int | str) -> Row:
    return {"kind": kind, **columns}


def matrix(rows: Sequence[Row], words: Words) -> Ints:
    out = np.full((len(rows), len(INDEX)), NULL, dtype=np.int64)
    for at, each in enumerate(rows):
        for name, value in each.items():
            out[at, INDEX[name]] = words.code(value) if isinstance(value, str) else NULL if value is None else value
    return out


def resolved(rows: Sequence[Row], batch: int = 1000) -> list[Row]:
    words = Words(KINDS)
    holders = Holders(words.code)
    table = matrix(rows, words)
    kinds = np.array([KIND_NUMBER[str(each["kind"])] for each in rows], dtype=np.int64)
    for start in range(0, len(rows), batch):
        cut = slice(start, start + batch)
        holders.resolve(table[cut], kinds[cut], ENTITIES)
    plain = [[int(value) for value in each] for each in table[:, [INDEX[name] for name in RESOLVED]]]
    return [{n: None if v == NULL else v for n, v in zip(RESOLVED, each, strict=True)} for each in plain]


def test_an_account_has_its_holder_from_the_event_after_its_opening() -> None:
    opened = row("account_opened", dst=ACCOUNT, holder=PERSON)
    paid = row("transfer", src=ACCOUNT, dst=USER)
    before, at, after = resolved([paid, opened, paid])
    assert (before["src_person"], at["dst_person"], after["src_person"]) == (None, None, PERSON)


def test_a_later_statement_replaces_an_earlier_one_and_a_recycled_number_is_nobodys() -> None:
    facts = [
        row("card_issued", dst=CARD, holder=PERSON),
        row("card_issued", dst=CARD, holder=COMPANY),
        row("number_recycled", dst=CARD),
        row("call_started", src=CARD, dst=USER),
    ]
    assert [each["dst_person"] for each in resolved(facts[:3])] == [None, PERSON, COMPANY]
    assert resolved(facts)[-1]["src_person"] is None


def test_a_person_is_behind_itself_and_a_card_is_its_own_card() -> None:
    (call,) = resolved([row("call_started", src=CARD, src_kind="card", dst=PERSON, dst_kind="person")])
    assert (call["src_card"], call["dst_person"], call["src_person"]) == (CARD, PERSON, None)


def test_an_employee_has_the_employer_and_so_has_the_person_behind() -> None:
    hired = row("employed", src=EMPLOYEE, dst=COMPANY, holder=PERSON)
    opened = row("account_opened", dst=ACCOUNT, holder=PERSON)
    _, _, wages = resolved([hired, opened, row("transfer", src=EMPLOYEE, dst=ACCOUNT)])
    assert (wages["src_employer"], wages["dst_employer"], wages["src_person"]) == (COMPANY, COMPANY, PERSON)


def test_a_card_bound_to_an_account_is_found_behind_it() -> None:
    _, paid = resolved([row("bound", src=CARD, dst=ACCOUNT), row("transfer", src=ACCOUNT, dst=USER)])
    assert (paid["src_card"], paid["dst_card"]) == (CARD, None)


def naive(rows: Sequence[Row]) -> list[Row]:
    """The slow twin: for each event it asks all earlier ones, newest first."""
    return [
        {
            f"{side}_{what}": _behind(rows[:at], each, side, what)
            for what in ("person", "card", "employer")
            for side in ("src", "dst")
        }
        for at, each in enumerate(rows)
    ]


def _behind(earlier: Sequence[Row], each: Row, side: str, what: str) -> int | str | None:
    entity, kind = each.get(side), each.get(f"{side}_kind")
    if entity is None:
        return None
    person = entity if kind in ("person", "company") else _stated(earlier, entity, "holder")
    if what == "person":
        return person
    if what == "card":
        return entity if kind in ("card", "iot_card") else _stated(earlier, entity, "card")
    own = _stated(earlier, entity, "employer")
    return own if own is not None or person is None else _stated(earlier, person, "employer")


def _stated(earlier: Sequence[Row], entity: int | str, fact: str) -> int | str | None:
    for each in reversed(earlier):
        for about, said, value in _statements(each):
            if (about, said) == (entity, fact):
                return value
    return None


def _statements(each: Row) -> list[tuple[object, str, int | str | None]]:
    """What an event states: about whom, which fact, and its value; None forgets."""
    kind, src, dst, holder = (each.get(name) for name in ("kind", "src", "dst", "holder"))
    if kind == "number_recycled":
        return [(dst, "holder", None)]
    said: list[tuple[object, str, int | str | None]] = []
    if kind in ("card_issued", "iot_sold", "account_opened", "user_registered", "recertified"):
        said = [(dst, "holder", holder)]
    if kind == "bound":
        said = [(dst, "card", src)]
    if kind == "employed":
        said = [(src, "holder", holder), (holder, "employer", dst), (src, "employer", dst)]
    return [one for one in said if one[0] is not None and one[2] is not None]


codes = st.none() | st.integers(0, ENTITIES - 1)
stating = ("card_issued", "account_opened", "number_recycled", "bound", "employed", "transfer", "recertified")
events = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(stating), "src": codes, "dst": codes, "holder": codes},
        optional={
            "src_kind": st.sampled_from(("person", "card", "account")),
            "dst_kind": st.sampled_from(("company", "user")),
        },
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(rows=events, batch=st.integers(1, 30))
def test_who_is_behind_is_what_the_slow_twin_finds_in_earlier_events_only(rows: list[Row], batch: int) -> None:
    assert resolved(rows, batch) == naive(rows)
