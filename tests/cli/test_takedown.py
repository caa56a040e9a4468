"""``stanch takedown`` on a home: the list out of the log, removals, and probes by platform."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Run

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)


def event(name: str, kind: str, hours: float, source: str = "platform_a", **columns: object) -> dict[str, object]:
    when = (FIRST + timedelta(hours=hours)).isoformat()
    return {"event_id": name, "source": source, "kind": kind, "happened_at": when, **columns}


def posted(name: str, hours: float, user: str, text: str, source: str = "platform_a") -> dict[str, object]:
    return event(name, "post", hours, source, src=f"user:{source}/{user}", dst="place:forum-1", text=text)


@pytest.fixture
def home(run: Run, tmp_path: Path) -> Path:
    """Six accounts post one contact within a day; two posts are taken down, one in time and one late."""
    rows = [posted(f"ad-{at}", at, f"u-{at}", f"日结 {at}，联系 13800138001") for at in range(6)]
    rows += [posted("bicycle", 3, "neighbour", "出自行车，电话 13800138009")]
    rows += [posted(f"probe-{at}", 10 + at, f"p-{at}", f"测试 {at}", "platform_b") for at in range(4)]
    down = {"src": "user:platform_a/u-0", "dst": "place:forum-1"}
    rows += [
        event("down-0", "post_removed", 8, ref="ad-0", **down),
        event("down-1", "post_removed", 40, ref="ad-1", **down),
    ]
    other = {"src": "user:platform_b/p-0", "dst": "place:forum-1"}
    rows += [event("down-p", "post_removed", 12, "platform_b", ref="probe-0", **other)]
    # another platform's notice about an id of the same spelling takes nothing down
    rows += [event("down-x", "post_removed", 9, "platform_b", ref="ad-2", **other)]
    rows += [posted("later", 60, "somebody", "周末聚会")]
    path = tmp_path / "events.ndjson"
    path.write_text(
        "\n".join(json.dumps(row) for row in sorted(rows, key=lambda row: str(row["happened_at"]))), "utf-8"
    )
    assert run("replay", path, "--home", tmp_path / "home")[0] == 0
    return tmp_path / "home"


def takedown(run: Run, *words: object) -> dict[str, Any]:  # Any: JSON
    code, out, _ = run("takedown", *words, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_posts_of_a_campaign_are_listed_with_deadline_and_outcome(run: Run, home: Path) -> None:
    found = takedown(run, "--home", home)
    by_post = {task["post"]: task for task in found["tasks"]}
    assert set(by_post) == {f"ad-{at}" for at in range(6)}
    assert by_post["ad-5"]["why"] == "found"
    assert by_post["ad-5"]["typologies"] == ["internet.same_contact"]
    assert by_post["ad-0"]["why"] == "same contact"
    outcome = {post: task["state"] for post, task in by_post.items()}
    assert outcome == {"ad-0": "removed in time", "ad-1": "removed late"} | {
        f"ad-{at}": "overdue" for at in range(2, 6)
    }
    assert by_post["ad-2"]["due"] == (FIRST + timedelta(hours=28)).isoformat()  # a day after the finding on the fifth
    (platform,) = found["platforms"]
    assert (platform["asked"], platform["overdue"], platform["in_time"], platform["late"]) == (6, 4, 1, 1)


def test_probes_tell_what_a_platform_leaves_standing_and_what_findings_miss(
    run: Run, home: Path, tmp_path: Path
) -> None:
    probes = tmp_path / "probes.txt"
    lines = ["# planted", *(f"platform_b, probe-{at}" for at in range(4)), "platform_b,gone", "platform_a,later", ""]
    probes.write_text("\n".join(lines), encoding="utf-8")
    of_a, of_b = takedown(run, "--home", home, "--probes", probes)["probes"]
    assert (of_a["planted"], of_a["running"], of_a["by_platform"]["of"]) == (1, 1, 0)
    assert of_a["by_platform"]["share"] is None
    assert (of_b["planted"], of_b["unknown"], of_b["by_platform"]["missed"], of_b["by_platform"]["of"]) == (5, 1, 3, 4)
    assert 0.2 < of_b["by_platform"]["low"] < 0.75 < of_b["by_platform"]["high"] < 1
    assert of_b["by_findings"]["missed"] == 4
    code, out, err = run("takedown", "--home", home, "--probes", probes)
    assert code == 0
    assert "3 of 4: 75 %" in out
    assert "a person looks" in err


@pytest.mark.parametrize("line", ["probe-1", "platform_b,", ",probe-1"])
def test_a_wrong_line_is_named(run: Run, home: Path, tmp_path: Path, line: str) -> None:
    probes = tmp_path / "probes.txt"
    probes.write_text(f"platform_b,probe-0\n{line}\n", encoding="utf-8")
    code, _, err = run("takedown", "--home", home, "--probes", probes)
    assert code == 3
    assert "line 2" in err


def test_a_file_that_is_not_there_is_told(run: Run, home: Path, tmp_path: Path) -> None:
    code, _, err = run("takedown", "--home", home, "--probes", tmp_path / "nothing.txt")
    assert code == 3
    assert "cannot be read" in err
