"""Warnings read back from a log: words, contact, answer and outcome."""

from __future__ import annotations

from pathlib import Path

from engine.test_follow import played
from small_events import Row, event
from stanch.engine.warnings import WarningLine, warnings_given
from stanch.store.records import Records

CHILD = [
    event("open", -900, "account_opened", src="outlet:bank/app", dst="account:bank/child", holder="person:child"),
    event("born", -800, "profile", src="person:child", detail="birth_year", number=2012, region="Sichuan"),
]
GUARDIAN = event("guard", -700, "profile", src="person:child", detail="guardian", number=1, holder="person:mother")
WITHDRAWN = event("gone", -600, "profile", src="person:child", detail="guardian", number=0, holder="person:mother")
TIP = event("tip", 0, "transfer", src="account:bank/child", dst="merchant:live", amount=50_000, detail="tip")


def line(folder: Path, *rows: Row) -> WarningLine:
    with Records.read(played(folder, rows)) as records:
        (found,) = [each for each in warnings_given(records) if each.event_id == "tip"]
    return found


def test_a_child_is_told_in_its_words_and_the_guardian_without_details(tmp_path: Path) -> None:
    told = line(tmp_path, *CHILD, GUARDIAN, TIP)
    assert (told.scheme, told.age_band, told.region, told.to, told.outcome) == (
        "minor", "teen", "Sichuan", "guardian", "open",
    )  # fmt: skip
    assert told.contact is not None
    assert "games or tips" in told.contact_text["en"]
    assert "500" not in told.contact_text["en"]


def test_without_consent_nobody_but_the_hotline_is_named(tmp_path: Path) -> None:
    told = line(tmp_path, *CHILD, GUARDIAN, WITHDRAWN, TIP)
    assert (told.contact, told.contact_text) == (None, {})
    assert "96110" in told.texts["en"]


def test_the_answer_and_what_became_of_the_payment_are_told(tmp_path: Path) -> None:
    answered = event("answer", 60, "warning_answered", src="person:child", ref="tip", detail="heeded")
    ended = event("end", 90, "rejected", src="account:bank/child", dst="merchant:live", amount=50_000, ref="tip")
    told = line(tmp_path, *CHILD, TIP, answered, ended)
    assert (told.answer, told.outcome) == ("heeded", "not paid")
    paid = event("end", 90, "settled", src="account:bank/child", dst="merchant:live", amount=50_000, ref="tip")
    assert line(tmp_path / "paid", *CHILD, TIP, paid).outcome == "paid anyway"


def test_a_commit_in_which_no_event_refers_to_another_is_read_too(tmp_path: Path) -> None:
    with Records.read(played(tmp_path, [*CHILD, TIP], batch=1)) as records:
        told = [each.event_id for each in warnings_given(records)]
    assert told == ["tip"]


def tips(apart: int, *amounts: int) -> list[Row]:
    way = {"src": "account:bank/child", "dst": "merchant:live", "detail": "tip"}
    return [event(f"tip{n}", n * apart, "transfer", amount=amount, **way) for n, amount in enumerate(amounts)]


def warned(folder: Path, rows: list[Row]) -> list[tuple[str, str, str]]:
    with Records.read(played(folder, [*CHILD, GUARDIAN, *rows])) as records:
        return [(each.event_id, each.step, each.to) for each in warnings_given(records)]


def test_what_a_child_spends_in_a_day_beyond_its_age_waits_and_asks_the_guardian(tmp_path: Path) -> None:
    assert warned(tmp_path / "day", tips(3600, 5_000, 5_000, 1)) == [("tip2", "confirm", "guardian")]


def test_the_same_sums_on_two_days_are_pocket_money(tmp_path: Path) -> None:
    assert warned(tmp_path / "days", tips(86_400, 5_000, 5_000, 1)) == []


def test_more_than_one_payment_may_be_asks_the_guardian_at_once(tmp_path: Path) -> None:
    assert warned(tmp_path / "once", tips(3600, 5_001)) == [("tip0", "confirm", "guardian")]
