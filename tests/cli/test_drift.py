"""``stanch drift`` on a home: the mix by week, a planted change of way and shape, and calm weeks left alone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli.conftest import Run

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
WEEKS, PAYERS = 5, 80


def event(kind: str, week: int, at: int, name: str, **columns: object) -> dict[str, object]:
    when = MONDAY + timedelta(weeks=week, hours=at % 12, minutes=at)
    return {
        "event_id": f"{name}-{week}-{at}",
        "source": "bank",
        "kind": kind,
        "happened_at": when.isoformat(),
        **columns,
    }


def payment(week: int, payer: int, *, crypto: bool) -> dict[str, object]:
    merchant = {"dst": "merchant:shop"}
    exit_ = {"dst": "institution:exchange", "detail": "crypto_out"}
    columns = exit_ if crypto else merchant if payer % 2 else {"dst": f"account:62220000000{payer:05}"}
    return event("settled", week, payer, "s", src=f"account:62210000000{payer:05}", amount=5000 + payer, currency="CNY",
                 **columns)  # fmt: skip


def report(week: int, at: int, *, new: bool) -> list[dict[str, object]]:
    """A payment and the report of it; a new one is made by code for a gift card."""
    ends = {"src": f"account:62230000000{at:05}", "dst": "account:6224000000000001"}
    how = {"channel": "qr", "detail": "gift_card"} if new else {"channel": ("app", "web")[at % 2]}
    paid = event("transfer", week, at, "t", amount=90_000 * (1 + at % 3), currency="CNY", **ends, **how)
    said = event(
        "fraud_reported", week, at + 700, "r", src=f"person:p-{week}-{at}", dst=ends["dst"], ref=paid["event_id"]
    )
    return [paid, said]


def history(*, changed: bool) -> list[dict[str, object]]:
    rows = []
    for week in range(WEEKS):
        last = changed and week == WEEKS - 1
        rows += [payment(week, payer, crypto=payer % 20 == 0 or (last and payer % 3 == 0)) for payer in range(PAYERS)]
        rows += [row for at in range(24) for row in report(week, at, new=last and at < 10)]
    return rows


def home_of(run: Run, folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "events.ndjson"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert run("replay", path, "--home", folder / "home")[0] == 0
    return folder / "home"


def drift(run: Run, home: Path) -> dict[str, Any]:  # Any: JSON
    code, out, _ = run("drift", "--home", home, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_change_of_way_and_a_new_shape_are_named_in_their_week(run: Run, tmp_path: Path) -> None:
    home = home_of(run, tmp_path, history(changed=True))
    found = drift(run, home)
    (shift,) = (shift for shift in found["shifts"] if shift["of"] == "all accounts")
    assert (shift["week"], shift["risen"]) == ("2026-03-30", ["crypto"])
    (shape,) = found["shapes"]
    assert shape["week"] == "2026-03-30"
    assert shape["facets"]["channel"] == "qr"
    assert shape["facets"]["detail"] == "gift_card"
    assert (shape["people"], shape["reporting"], shape["people_before"]) == (10, 24, 0)
    code, out, _ = run("drift", "--home", home)
    assert code == 0
    assert "gift_card" in out


def test_calm_weeks_are_counted_and_left_alone(run: Run, tmp_path: Path) -> None:
    rows = history(changed=False)
    withdrawn = event("report_withdrawn", WEEKS - 1, 900, "w", src="person:p-0-0", ref="r-0-700")
    unknown = event("fraud_reported", 0, 901, "x", src="person:p-x", dst="account:6224000000000001")
    found = drift(run, home_of(run, tmp_path, [*rows, withdrawn, unknown]))
    assert found["shifts"] == found["shapes"] == []
    assert [week["week"] for week in found["weeks"]] == [f"2026-03-{day:02}" for day in (2, 9, 16, 23, 30)]
    assert found["weeks"][0]["accounts"] == {"bank": 36, "payment_firm": 0, "goods": 40, "cash": 0, "crypto": 4}
    assert sum(found["weeks"][0]["amounts"]["CNY"].values()) == sum(5000 + payer for payer in range(PAYERS))
    assert (found["reports"], found["unknown"]) == (24 * WEEKS, 1)


def test_a_home_without_a_log_is_an_error(run: Run, tmp_path: Path) -> None:
    assert run("drift", "--home", tmp_path / "nothing")[0] != 0


def test_the_examples_of_the_page_run() -> None:
    page = (Path(__file__).parents[2] / "docs" / "internet.md").read_text(encoding="utf-8")
    for example in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(example, {})  # noqa: S102 examples of our own page
