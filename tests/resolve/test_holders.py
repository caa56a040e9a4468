from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.features.plan import KIND_NUMBER
from stanch.model.columns import INDEX, NULL
from stanch.model.interner import Words
from stanch.model.kinds import KINDS, SURE
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


def same(src: int, dst: int, **columns: int | str) -> Row:
    return row("bound", src=src, src_kind="person", dst=dst, dst_kind="person", **columns)


OPENED = row("account_opened", dst=ACCOUNT, holder=PERSON)
PAID = row("transfer", src=ACCOUNT, dst=USER)


def test_what_two_records_of_one_person_hold_is_one_persons() -> None:
    other = row("user_registered", dst=USER, holder=COMPANY)
    told = resolved([OPENED, other, PAID, same(COMPANY, PERSON, number=SURE), PAID])
    assert [(each["src_person"], each["dst_person"]) for each in (told[2], told[4])] == [
        (PERSON, COMPANY), (COMPANY, COMPANY),
    ]  # fmt: skip


def test_a_binding_below_what_is_sure_teaches_nothing_until_a_person_says_so() -> None:
    proposed, said = same(COMPANY, PERSON, number=SURE - 1), same(COMPANY, PERSON, number=100)
    told = resolved([OPENED, proposed, PAID, said, PAID])
    assert (told[2]["src_person"], told[4]["src_person"]) == (PERSON, COMPANY)
    card = resolved([row("bound", src=CARD, dst=ACCOUNT, number=SURE - 1), PAID])
    assert card[1]["src_card"] is None


def test_one_bound_to_itself_again_stands_for_itself() -> None:
    told = resolved([OPENED, same(COMPANY, PERSON), PAID, same(PERSON, PERSON), PAID])
    assert (told[2]["src_person"], told[4]["src_person"]) == (COMPANY, PERSON)


def test_bindings_in_a_circle_end() -> None:
    told = resolved([OPENED, same(2, 1), same(3, 2), same(1, 3), same(2, 3), PAID])
    assert told[-1]["src_person"] == 3


def test_a_person_is_not_bound_to_a_card() -> None:
    wrong = row("bound", src=CARD, src_kind="card", dst=PERSON, dst_kind="person")
    told = resolved([OPENED, wrong, PAID, row("call_started", src=PERSON, src_kind="person")])
    assert (told[2]["src_person"], told[3]["src_card"]) == (PERSON, None)


def test_what_an_older_version_saved_is_taken_over() -> None:
    holders = Holders(Words(KINDS).code)
    holders.load({"known": np.array([[-1, -1, -1], [2, -1, -1], [-1, -1, -1]], dtype=np.int32)})
    assert (holders.holder(1), holders.holder(0)) == (2, NULL)


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
        return _standing(earlier, person)
    if what == "card":
        return entity if kind in ("card", "iot_card") else _stated(earlier, entity, "card")
    own = _stated(earlier, entity, "employer")
    if own is not None or person is None:
        return own
    theirs = _stated(earlier, person, "employer")
    first = _standing(earlier, person)
    return theirs if theirs is not None or first is None else _stated(earlier, first, "employer")


def _standing(earlier: Sequence[Row], person: int | str | None) -> int | str | None:
    """Who stands for a person: the top of a tree that is built anew each time."""
    above: dict[object, int | str | None] = {}

    def top(one: int | str | None) -> int | str | None:
        return top(above[one]) if one in above else one

    for each in earlier:
        src, dst = each.get("src"), each.get("dst")
        persons = {each.get("src_kind"), each.get("dst_kind")} <= {"person", "company"}
        if each["kind"] != "bound" or not persons or None in (src, dst) or not _sure(each):
            continue
        if src == dst:
            above.pop(dst, None)
        elif top(src) != top(dst):
            above[top(dst)] = src
    return top(person)


def _sure(each: Row) -> bool:
    number = each.get("number")
    return number is None or int(number) >= SURE


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
    kinds = [each.get(f"{side}_kind") in ("person", "company") for side in ("src", "dst")]
    if kind == "bound" and _sure(each) and not any(kinds):
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
            "number": st.sampled_from((SURE - 1, SURE, 100)),
        },
    )
    | st.builds(same, st.integers(0, ENTITIES - 1), st.integers(0, ENTITIES - 1)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(rows=events, batch=st.integers(1, 30))
def test_who_is_behind_is_what_the_slow_twin_finds_in_earlier_events_only(rows: list[Row], batch: int) -> None:
    assert resolved(rows, batch) == naive(rows)
