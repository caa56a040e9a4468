"""Warnings read back from a log: words, contact, answer and outcome."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.test_follow import played
from small_events import Row, event, fan_in
from stanch.engine.opening import open_home
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


Message = dict[str, Any]  # JSON as it leaves


def messages(home: Path) -> list[Message]:
    """Return the bodies of the decision messages of a log, in order."""
    with Records.read(home) as records:
        return [msgspec.json.decode(row.body) for row in records.pending_outbox(10_000) if row.topic == "decision"]


ZH = event("speaks", -650, "profile", src="person:child", detail="language_zh", number=1)


def test_the_message_of_a_decision_that_warns_carries_the_words_once(tmp_path: Path) -> None:
    home = played(tmp_path, [*CHILD, GUARDIAN, ZH, TIP])
    (body,) = messages(home)
    told = body["warning"]
    assert (body["event_id"], told["step"], told["scheme"], told["to"]) == ("tip", "confirm", "minor", "guardian")
    with Records.read(home) as records:
        (listed,) = warnings_given(records)
    assert told["texts"] == listed.texts
    assert set(told["texts"]) == {"zh"}
    assert told["contact"] == {"named_by": "guard", "texts": listed.contact_text}


@pytest.mark.parametrize(
    "named",
    [[], [GUARDIAN, WITHDRAWN], [{**GUARDIAN, "source": "operator"}], [{**GUARDIAN, "known_at": TIP["known_at"]}]],
    ids=["nobody", "taken back", "by another house", "at the same moment"],
)
def test_a_sender_is_told_of_no_contact_that_it_did_not_name_itself(tmp_path: Path, named: list[Row]) -> None:
    (body,) = messages(played(tmp_path, [*CHILD, TIP, *named] if named[-1:] != [WITHDRAWN] else [*CHILD, *named, TIP]))
    assert (body["warning"]["to"], body["warning"]["contact"]) == ("guardian", None)
    assert "96110" in body["warning"]["texts"]["en"]


def test_a_decision_that_warns_nobody_carries_no_words(tmp_path: Path) -> None:
    found = messages(played(tmp_path, fan_in()))
    assert found
    assert all("warning" not in body for body in found)


def test_no_message_of_a_warning_holds_a_pseudonym_or_an_age(tmp_path: Path) -> None:
    home = played(tmp_path, [*CHILD, GUARDIAN, TIP])
    with open_home(home) as opened:
        names = [opened.line.names.entities.pseudonym(code).hex() for code in range(len(opened.line.names.entities))]
    (body,) = messages(home)
    text = msgspec.json.encode(body["warning"]).decode()
    assert not [each for each in (*names, "2012", "person:", "account:") if each in text]


@pytest.mark.parametrize("batch", [1, 3])
def test_the_words_do_not_depend_on_how_events_are_cut(tmp_path: Path, batch: int) -> None:
    child = {"src": "person:child"}
    later = [
        event("older", 30, "profile", detail="birth_year", number=1950, **child),
        event("other", 40, "profile", detail="guardian", number=1, holder="person:father", **child),
    ]
    rows = [*CHILD, GUARDIAN, ZH, TIP, *later]
    whole, cut = played(tmp_path, rows, "whole"), played(tmp_path, rows, "cut", batch=batch)
    assert messages(whole) == messages(cut)
    assert messages(whole)[0]["warning"]["contact"]["named_by"] == "guard"


@pytest.mark.parametrize("from_log", [True, False])
def test_who_is_told_is_remembered_across_a_restart(tmp_path: Path, from_log: bool) -> None:
    home = played(tmp_path, [*CHILD, GUARDIAN, ZH])
    with open_home(home) as opened:
        opened.snapshot()
    if from_log:
        shutil.rmtree(home / "snapshots")
    played(tmp_path, [*CHILD, GUARDIAN, ZH, TIP])
    (body,) = messages(home)
    assert set(body["warning"]["texts"]) == {"zh"}
    assert body["warning"]["contact"]["named_by"] == "guard"
