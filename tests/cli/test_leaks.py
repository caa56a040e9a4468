"""``stanch leaks`` on a home: what is to be audited, by pseudonym, with the events it rests on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Run

PAGE = Path(__file__).parents[2] / "docs" / "leaks.md"
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
VICTIMS = range(200, 210)


def event(at: int, kind: str, hours: float, **columns: object) -> dict[str, object]:
    when = (FIRST + timedelta(hours=hours)).isoformat()
    return {"event_id": f"e{at}", "source": "bank", "kind": kind, "happened_at": when, **columns}


def viewed(at: int, hours: float, employee: str, person: int, ticket: int = 1) -> dict[str, object]:
    ends = {"src": f"employee:{employee}", "dst": f"person:p-{person}"}
    return event(at, "record_viewed", hours, detail="account", number=ticket, **ends)


def history(*, paid: float, withdrawn: int = 0) -> list[dict[str, object]]:
    """Eight clerks at work for six days; one opens ten records at night, and these people report what they paid."""
    rows = [
        viewed(1000 + 100 * clerk + k, 24 * (k // 16) + 2 + (k % 16) / 2, f"clerk-{clerk}", (37 * k + 61 * clerk) % 400)
        for clerk in range(8) for k in range(96)
    ]  # fmt: skip
    rows += [viewed(10 + k, 30 + k / 10, "clerk-9", person, ticket=0) for k, person in enumerate(VICTIMS)]
    rows.append(event(9, "records_exported", 33, src="employee:clerk-9", detail="account", number=10))
    for k, person in enumerate(VICTIMS):
        ends = {"dst": f"account:622200000000{1000 + k}", "amount": 50000, "currency": "CNY"}
        rows.append(event(100 + k, "transfer", paid + k / 10, src=f"account:622200000000{2000 + k}", **ends))
        rows.append(event(200 + k, "fraud_reported", 100 + k / 10, src=f"person:p-{person}", ref=f"e{100 + k}", **ends))
    rows += [
        event(300 + k, "report_withdrawn", 110, src=f"person:p-{200 + k}", ref=f"e{200 + k}") for k in range(withdrawn)
    ]
    return sorted(rows, key=lambda row: str(row["happened_at"]))


@pytest.fixture
def home_of(run: Run, tmp_path: Path) -> Callable[[list[dict[str, object]]], Path]:
    def play(rows: list[dict[str, object]]) -> Path:
        file, home = tmp_path / "rows.ndjson", tmp_path / "home"
        file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        assert run("replay", file, "--home", home)[0] == 0
        return home

    return play


Home = Callable[[list[dict[str, object]]], Path]


def found_in(run: Run, home: Path) -> dict[str, Any]:  # Any: JSON
    code, out, _ = run("leaks", "--home", home, "--json")
    assert code == 0
    told: dict[str, Any] = json.loads(out)
    return told


def test_the_desk_and_the_look_ups_to_audit_are_named_with_what_was_expected(run: Run, home_of: Home) -> None:
    (lead,) = found_in(run, home_of(history(paid=80)))["leads"]
    assert (lead["source"], lead["system"], len(lead["victims"])) == ("bank", "account", 10)
    assert sorted(lead["look_ups"]) == sorted(f"e{10 + k}" for k in range(10))
    assert (lead["without_ticket"], lead["exports"]) == (10, ["e9"])
    assert lead["q"] < 0.001 < lead["expected"] < 1
    assert lead["status"] == "inferred"
    assert lead["next"].startswith("audit")


def test_each_line_names_its_window_and_says_that_it_is_no_accusation(run: Run, home_of: Home) -> None:
    (lead,) = found_in(run, home_of(history(paid=80)))["leads"]
    window = lead["window"]
    assert (lead["kind"], lead["name"], lead["employees"]) == ("employee", lead["employee"], 1)
    assert lead["start"] <= window["start"] <= window["first"] <= window["last"] < window["end"] <= lead["end"]
    assert (window["first"][:10], window["hits"], lead["hits"]) == ("2026-03-03", 10, 10)
    assert "statistical lead for an audit, not an accusation" in lead["words"]
    assert lead["name"] in lead["words"]


def partner_leaks(*, clerks: int) -> list[dict[str, object]]:
    """Each of so many clerks opens records for twelve days, one in four through a partner, of whom day 8 leaks."""
    rows, leaked = [], list[int]()
    for day in range(12):
        for k in range(240):
            person, partner = (day * 240 + k) % 1900, k % 4 == 0
            row = viewed(2000 + day * 240 + k, 24 * day + 9 + k / 40, f"clerk-{k // 4 % clerks}", person)
            rows.append(row | {"channel": "partner" if partner else "own"})
            leaked += [person] if partner and day == 8 else []
    for k, person in enumerate([*leaked[::4], *range(700, 1200, 100)]):
        ends = {"dst": f"account:622200000000{1000 + k}", "amount": 50000, "currency": "CNY"}
        rows.append(event(100 + k, "transfer", 250 + k / 10, src=f"account:622200000000{2000 + k}", **ends))
        rows.append(event(300 + k, "fraud_reported", 270 + k / 10, src=f"person:p-{person}", ref=f"e{100 + k}", **ends))
    rows.append(event(9, "records_exported", 24 * 8 + 20, src="employee:clerk-1", detail="account", number=60))
    return sorted(rows, key=lambda row: str(row["happened_at"]))


def test_a_channel_that_leaked_is_named_with_its_day_and_none_of_its_clerks(run: Run, home_of: Home) -> None:
    (lead,) = found_in(run, home_of(partner_leaks(clerks=30)))["leads"]
    assert (lead["kind"], lead["name"], lead["employee"]) == ("channel", "bank account partner", "")
    assert (lead["window"]["first"][:10], lead["window"]["last"][:10]) == ("2026-03-10", "2026-03-10")
    assert (len(lead["victims"]), lead["employees"]) == (15, 15)
    assert "suspect no single employee" in lead["next"]
    assert "against anybody who works with it" in lead["words"]


def test_a_channel_that_one_clerk_alone_uses_is_that_clerks(run: Run, home_of: Home) -> None:
    rows = history(paid=80)
    those = [row | {"channel": "night"} if row.get("src") == "employee:clerk-9" else row for row in rows]
    assert [lead["kind"] for lead in found_in(run, home_of(those))["leads"]] == ["employee"]


def test_nobody_is_named_in_clear(run: Run, home_of: Home) -> None:
    told = json.dumps(found_in(run, home_of(history(paid=80))))
    assert "clerk-9" not in told
    assert "p-200" not in told


def test_look_ups_after_the_payment_are_no_lead_though_the_report_comes_later_still(run: Run, home_of: Home) -> None:
    assert found_in(run, home_of(history(paid=20)))["leads"] == []


def test_reports_that_were_withdrawn_count_no_more(run: Run, home_of: Home) -> None:
    found = found_in(run, home_of(history(paid=80, withdrawn=6)))
    assert (found["reporting"], found["leads"]) == (4, [])


def test_the_table_for_people_accuses_nobody(run: Run, home_of: Home) -> None:
    code, out, err = run("leaks", "--home", home_of(history(paid=80)))
    assert code == 0
    assert "To audit first" in out
    assert "says of nobody that they leaked" in err


def test_a_home_without_look_ups_has_no_leads(run: Run, home_of: Home) -> None:
    rows = [row for row in history(paid=80) if row["kind"] != "record_viewed"]
    found = found_in(run, home_of(rows))
    assert (found["look_ups"], found["leads"]) == (0, [])


@pytest.mark.parametrize("words", [(), ("--home", "h", "--made", "2"), ("--made", "2", "--truth", "t")])
def test_what_to_search_must_be_said_once(run: Run, words: tuple[str, ...]) -> None:
    assert run("leaks", *words)[0] == 2


def test_a_home_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    code, _, err = run("leaks", "--home", tmp_path / "nowhere")
    assert (code, "no log at" in err) == (4, True)


def test_the_examples_on_the_page_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102 our own page
