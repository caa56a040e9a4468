"""Claims about what the holder of an account is told."""

from __future__ import annotations

import pytest

from order_book import BANK, HOLDER, LATER, START, approved, in_force, order_of, shipped, step, want
from stanch.decide.book import Book
from stanch.decide.notices import Notice, notice
from stanch.law.pack import LANGUAGES, Pack
from stanch.model.errors import InputError
from stanch.model.time import HOUR, MINUTE

CN = shipped("cn")


def told(said: Notice | None) -> str:
    assert said is not None
    return said.text


def test_a_stop_comes_with_reason_basis_end_relief_and_documents() -> None:
    book = Book(CN)
    order = book.draft([want(123_400)], START)[0].order
    assert notice(approved(book, order.id, START), CN, "CNY", "en") is None, "nothing is held before the bank says so"
    change = step(book.answer(order.id, BANK, "in_force", None, START + 1))
    said = told(notice(change, CN, "CNY", "en"))
    for part in (
        "1,234.00 CNY",
        "Reason:",
        "86/2016",
        "police",
        "2026-05-31",
        "To object:",
        "bring:",
        "15 days",
        order.id,
    ):
        assert part in said
    chinese = told(notice(change, CN, "CNY", "zh"))
    for part in ("1,234.00 CNY", "原因", "银发〔2016〕86号", "公安机关", "期限至 2026-05-31", "异议", "请准备", "15天"):
        assert part in chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_released_holder_is_told_so_and_why(language: str) -> None:
    book = Book(CN)
    in_force(book, want())
    said = told(notice(book.clear(LATER, reports=[1])[0], CN, "CNY", language))
    assert {"en": "free again", "zh": "已经解除"}[language] in said
    assert {"en": "mistaken or was withdrawn", "zh": "撤回"}[language] in said


def test_a_query_is_sealed() -> None:
    book = Book(CN)
    order = book.draft([want(measure="query")], START)[0].order
    changes = [approved(book, order.id, START), step(book.answer(order.id, BANK, "done", None, START + 1))]
    assert [notice(change, CN, "CNY", "zh") for change in changes] == [None, None]


def test_the_reason_of_the_file_stays_out_of_the_notice() -> None:
    book = Book(CN)
    order = in_force(book, want())
    ended = step(book.decline(order.id, 11, 90, frozenset({"police"}), "informant_said_so", LATER))
    assert "informant" not in told(notice(ended, CN, "CNY", "en"))


def test_an_objection_that_is_not_followed_is_answered_with_the_way_onward() -> None:
    book = Book(CN)
    hold = in_force(book, want())
    hearing = step(book.object(hold.id, HOLDER, LATER)).also[0].order
    change = step(book.decline(hearing.id, 12, 90, frozenset({"police"}), "unfounded", LATER + HOUR))
    said = told(notice(change, CN, "CNY", "en"))
    assert "another official" in said
    assert "procuratorate" in said
    assert order_of(book, hold.id).state == "in_force"


@pytest.mark.parametrize("pack", [shipped(country) for country in ("cn", "in", "sg")], ids=lambda pack: pack.id)
def test_every_pack_has_words_for_its_stop_in_both_languages(pack: Pack) -> None:
    book = Book(pack)
    order = book.draft([want()], START)[0].order
    approved(book, order.id, START + MINUTE)
    change = step(book.answer(order.id, BANK, "in_force", None, START + 2 * MINUTE))
    for language in LANGUAGES:
        said = told(notice(change, pack, "SGD", language))
        assert "{" not in said
        assert "None" not in said


def test_an_unknown_language_is_refused() -> None:
    change = Book(CN).draft([want()], START)[0]
    with pytest.raises(InputError, match="known: en, zh"):
        notice(change, CN, "CNY", "fr")
