"""Every step that concerns the holder of an account is told, once, in the same commit, in the holder's language."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from engine.test_follow import MINUTES, STOLEN, answer, approval, played, reported, stops
from small_events import Row, event, fan_in, transfer
from stanch.engine.notices import told
from stanch.engine.opening import open_home
from stanch.store.records import Records
from stanch.store.rows import NoticeRow

ASKED = [*STOLEN, reported("report", 20 * MINUTES, "pay")]
DAYS = 86_400.0


def speaks(name: str, after: float, language: str, person: str = "person:mule-2", number: int = 1) -> Row:
    return event(name, after, "profile", src=person, detail=f"language_{language}", number=number)


def held(folder: Path, *more: Row, after: float = 40 * MINUTES, name: str = "held", batch: int = 4096) -> Path:
    """A home in which the larger stop is approved and in force, and whatever else happens."""
    largest = max(stops(played(folder, ASKED, f"asked-{name}")), key=lambda order: order.amount)
    return played(folder, [*ASKED, approval(largest, 25 * MINUTES), answer(largest, after), *more], name, batch=batch)


def notices(home: Path) -> list[NoticeRow]:
    with Records.read(home) as records:
        return records.notices()


def in_short(home: Path) -> list[tuple[str, str, str]]:
    return [(row.measure, row.state, row.language) for row in notices(home)]


def test_a_hold_and_its_end_are_told_in_both_languages_where_none_is_known(tmp_path: Path) -> None:
    days = [transfer(f"day-{n}", n * DAYS, "shop", "mill", 1) for n in range(1, 5)]
    home = held(tmp_path, *days)
    both = [("stop", state, language) for state in ("in_force", "expired") for language in ("en", "zh")]
    assert in_short(home) == both
    assert notices(home)[0].until is not None
    assert notices(home)[2].until is None


@pytest.mark.parametrize(
    ("said", "languages"),
    [
        ([speaks("p1", -50, "zh")], ["zh"]),
        ([speaks("p1", -50, "zh"), speaks("p2", -40, "en")], ["en", "zh"]),
        ([speaks("p1", -50, "zh"), speaks("p2", -40, "zh", number=0)], ["en", "zh"]),
        ([speaks("p1", -50, "zh", "person:mule-1")], ["en", "zh"]),
        ([speaks("p1", 45 * MINUTES, "zh")], ["en", "zh"]),
    ],
    ids=["theirs", "two", "taken back", "another's", "told later"],
)
def test_a_holder_is_told_in_the_languages_of_their_profile(
    tmp_path: Path, said: Sequence[Row], languages: list[str]
) -> None:
    assert [language for _, _, language in in_short(held(tmp_path, *said))] == languages


def test_a_clearing_is_told_at_once(tmp_path: Path) -> None:
    home = held(tmp_path, event("back", 50 * MINUTES, "report_withdrawn", src="person:victim", ref="report"))
    last = notices(home)[-1]
    assert (last.state, "撤回" in last.text) == ("released", True)


def test_a_hold_that_no_institution_confirmed_is_told_to_nobody(tmp_path: Path) -> None:
    back = event("back", 50 * MINUTES, "report_withdrawn", src="person:victim", ref="report")
    largest = max(stops(played(tmp_path, ASKED, "asked")), key=lambda order: order.amount)
    assert notices(played(tmp_path, [*ASKED, approval(largest, 25 * MINUTES), back], "cleared")) == []


def test_the_message_to_the_institution_holds_the_texts_and_stands_behind_its_order(tmp_path: Path) -> None:
    home = held(tmp_path, event("back", 50 * MINUTES, "report_withdrawn", src="person:victim", ref="report"))
    with Records.read(home) as records:
        sent = [row for row in records.pending_outbox() if row.topic in ("order", "notice")]
        lines = told(records, language="en")
    assert [row.topic for row in sent] == ["order", "notice", "order", "notice"]
    assert all(line.text in row.body for line, row in zip(lines, sent[1::2], strict=True))
    assert all(line.taken_at is None for line in lines)


def test_no_notice_names_an_account_a_person_or_the_report(tmp_path: Path) -> None:
    home = held(tmp_path)
    with open_home(home) as opened:
        names = [opened.line.names.entities.pseudonym(code).hex() for code in range(len(opened.line.names.entities))]
    for row in notices(home):
        assert not [name for name in (*names, "mule", "victim", "report-", "bank/") if name in row.text]


@pytest.mark.parametrize("batch", [1, 5, 33])
def test_notices_do_not_depend_on_how_events_are_cut(tmp_path: Path, batch: int) -> None:
    another = event(
        "re", 41 * MINUTES, "account_opened", src="outlet:bank/app", dst="account:bank/mule-2", holder="person:new"
    )
    more = [
        speaks("p1", 39 * MINUTES, "zh"), speaks("p2", 42 * MINUTES, "en"), another,
        speaks("p3", 42 * MINUTES, "en", "person:new"),
        event("back", 50 * MINUTES, "report_withdrawn", src="person:victim", ref="report"),
    ]  # fmt: skip
    whole, cut = held(tmp_path, *more, name="whole"), held(tmp_path, *more, name="cut", batch=batch)
    assert [(row.state, row.language) for row in notices(whole)] == [("in_force", "zh"), ("released", "en")]
    assert [(row.step, row.at, row.text) for row in notices(whole)] == [
        (row.step, row.at, row.text) for row in notices(cut)
    ]


@pytest.mark.parametrize("from_log", [True, False])
def test_languages_are_remembered_across_a_restart(tmp_path: Path, from_log: bool) -> None:
    home = held(tmp_path, speaks("p1", -50, "zh"))
    with open_home(home) as opened:
        before = opened.line.audience.languages.save()
        opened.snapshot()
    if from_log:
        shutil.rmtree(home / "snapshots")
    with open_home(home) as opened:
        assert opened.line.audience.languages.save() == before != []


def test_a_home_of_the_release_before_opens_and_goes_on(tmp_path: Path) -> None:
    home = played(tmp_path, ASKED, "home")
    largest = max(stops(home), key=lambda order: order.amount)
    before_notices(home)
    assert notices(home) == []
    played(tmp_path, [*ASKED, approval(largest, 25 * MINUTES), answer(largest, 40 * MINUTES)], "home")
    assert in_short(home) == [("stop", "in_force", "en"), ("stop", "in_force", "zh")]


def test_whose_findings_and_measures_a_home_holds_is_read_off_its_log(tmp_path: Path) -> None:
    home = played(tmp_path, fan_in(), "home")
    whose = sources(home)
    assert {source for _, source in whose} == {"bank"}
    before_notices(home)
    with open_home(home):
        assert sources(home) == whose


def sources(home: Path) -> list[tuple[str, str]]:
    """Return whose events the findings and measures of a home came of, by place and table."""
    with closing(sqlite3.connect(home / "log.db")) as log:
        return [
            (f"{table} {seq}", source)
            for table in ("findings", "measures")
            for seq, source in log.execute(f"SELECT DISTINCT seq, source FROM {table} ORDER BY seq")
        ]


def before_notices(home: Path) -> None:
    """Take the last migrations out of a home, as if a release before had written it."""
    with closing(sqlite3.connect(home / "log.db")) as log, log:
        for table in ("notices", "versions", "rule_acts", "shadows"):
            log.execute(f"DROP TABLE {table}")
        for table in ("findings", "measures"):
            log.execute(f"DROP INDEX {table}_by_source")
            log.execute(f"ALTER TABLE {table} DROP COLUMN source")
        log.execute("UPDATE alembic_version SET version_num = '0002'")
