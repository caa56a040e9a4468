"""Texts on their way through the line: scored once when taken, kept in the log, explained when somebody may ask."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from compiled_line import hits
from naive_rows import naive_rows
from small_events import Row, event, write_events
from stanch.engine.backtest import rerun
from stanch.engine.decisions import export_decisions
from stanch.engine.inquiry import Asker
from stanch.engine.opening import open_home
from stanch.engine.read_text import read_text
from stanch.engine.replay import replay
from stanch.intake.report import IntakeReport
from stanch.intake.take import Intake
from stanch.lab.scenarios.scenario import Scenario, clear_table, load_scenarios
from stanch.model.columns import INDEX, NULL, TEXT_SCORES
from stanch.model.errors import ConfigError, InputError
from stanch.store.catalogue_files import load_shipped
from stanch.store.lake import connect
from stanch.store.text_files import LEXICON, MODEL

TRADE = "长期收四件套，价高当面结，联系13800138000"
SCAM = "我是市公安局警官，你名下银行卡涉嫌洗钱，须将资金转入安全账户核查"
CHAT = "晚上一起吃饭吧，老地方见"
ASKER = Asker("tester", 1)
CARD, OTHER, PORT = "card:+8613800138001", "card:+8613900139001", "card:10690001"
USER, PLACE = "user:platform/u-1", "place:forum"

ROWS = [
    event("made", 0, "user_registered", src="device:35000000000001", dst=USER),
    event("post", 10, "post", src=USER, dst=PLACE, text=TRADE),
    event("asked", 20, "text_submitted", src="person:p-1", dst=OTHER, text=SCAM),
    event("notice", 30, "sms", src=PORT, dst=CARD, text=CHAT),
    event("private", 40, "sms", src=OTHER, dst=CARD, text=SCAM),
    event("message", 50, "message", src=USER, dst="user:platform/u-2", text=SCAM),
    event("silent", 60, "post", src=USER, dst=PLACE),
]


def stored_scores(home: Path) -> dict[str, list[int]]:
    with open_home(home) as opened:
        opened.finish()
        blocks = [entry.block for entry in opened.records.blocks()]
    return {
        name: [int(block.matrix()[row, INDEX[score]]) for score in TEXT_SCORES]
        for block in blocks
        for row, name in enumerate(pa.array(block.columns["event_id"]).to_pylist())
    }


def played(home: Path, rows: Sequence[Row] | None = None) -> Path:
    file = write_events(home.with_suffix(".parquet"), ROWS if rows is None else rows)
    with open_home(home) as opened:
        replay(opened, [file])
    return home


def test_public_and_submitted_texts_are_scored_and_private_ones_are_not(tmp_path: Path) -> None:
    scores = stored_scores(played(tmp_path / "home"))
    unread = [NULL] * len(TEXT_SCORES)
    assert all(scores[name] == unread for name in ("made", "private", "message", "silent"))
    scam, trade, ordinary, personal = scores["post"]
    assert trade > 70 > scam
    assert (ordinary < 20, personal) == (True, 0)
    assert scores["asked"][0] > 70
    assert scores["notice"][2] > 50


def test_the_typology_rests_on_the_score(tmp_path: Path) -> None:
    home = played(tmp_path / "home")
    with open_home(home) as opened:
        decided = [
            decision for outcome in rerun(opened.records, opened.rules) for decision in outcome.decisions.values()
        ]
    found = {finding.typology for decision in decided for finding in decision.findings}
    assert "internet.trade_post" in found


def test_scores_do_not_depend_on_batches_and_another_batch_decides_alike(tmp_path: Path) -> None:
    out = []
    for batch in (1, 4096):
        home = tmp_path / f"home-{batch}"
        with open_home(home) as opened:
            replay(opened, [write_events(tmp_path / "events.parquet", ROWS)], batch=batch)
            opened.finish()
            export_decisions(opened.records, tmp_path / f"{batch}.parquet")
        out.append((stored_scores(home), (tmp_path / f"{batch}.parquet").stat().st_size))
    assert out[0] == out[1]


def other_lexicon(home: Path) -> None:
    lexicon = files("stanch.text").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    home.mkdir(exist_ok=True)
    (home / LEXICON).write_text(lexicon.replace("term: 四件套", "term: 五件套"), encoding="utf-8")


def test_another_lexicon_is_another_hash_and_scores_only_what_comes_after(tmp_path: Path) -> None:
    home = played(tmp_path / "home")
    before = stored_scores(home)
    with open_home(home) as opened:
        first = opened.rules.hash
    other_lexicon(home)
    with open_home(home) as opened:
        second = opened.rules.hash
        later = write_events(tmp_path / "later.parquet", [event("again", 90, "post", src=USER, dst=PLACE, text=TRADE)])
        replay(opened, [later])
        opened.finish()
        active = [policy.hash for policy in opened.records.policies()]
    after = stored_scores(home)
    assert first != second
    assert active == [first, second]
    assert {name: after[name] for name in before} == before
    assert after["again"] != after["post"]


def test_the_same_event_again_is_a_repeat_whatever_a_later_model_makes_of_it(tmp_path: Path) -> None:
    home = played(tmp_path / "home")
    other_lexicon(home)
    with open_home(home) as opened:
        summary = replay(opened, [write_events(tmp_path / "again.parquet", ROWS)])
    assert (summary.known, summary.conflicts) == (len(ROWS), 0)


def test_a_wrong_model_in_the_home_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / MODEL).write_bytes(b"nothing")
    with pytest.raises(ConfigError, match=f"{MODEL}: not a text model"):
        open_home(home)


def test_a_text_is_explained_for_a_purpose_that_is_kept(tmp_path: Path) -> None:
    with open_home(played(tmp_path / "home")) as opened:
        found = read_text(opened, "post", None, "investigation", ASKER)
        openings = list(opened.vault.openings())
    assert found.same
    assert "13800138000" not in found.text
    assert any("四件套" in word.written for word in found.found.words)
    assert [(opening.actor, opening.purpose) for opening in openings][-1] == ("tester", "investigation")


@pytest.mark.parametrize(
    ("name", "source", "purpose", "told"),
    [
        ("private", None, "investigation", "no text that was scored"),
        ("nobody", None, "investigation", "no event 'nobody'"),
        ("post", "other", "investigation", "no event 'post'"),
        ("post", None, "curiosity", "unknown purpose"),
        ("post", None, "warning", "does not cover texts"),
    ],
)
def test_what_cannot_be_explained_is_said(
    tmp_path: Path, name: str, source: str | None, purpose: str, told: str
) -> None:
    with open_home(played(tmp_path / "home")) as opened, pytest.raises(InputError, match=told):
        read_text(opened, name, source, purpose, ASKER)


def test_a_text_whose_key_was_dropped_keeps_its_scores_and_is_read_by_nobody(tmp_path: Path) -> None:
    home = played(tmp_path / "home")
    before = stored_scores(home)
    with open_home(home) as opened:
        opened.vault.drop_day(int(ROWS[1]["known_at"]) // 86_400_000_000)  # type: ignore[call-overload]  # an int
        with pytest.raises(InputError, match="key of its day was dropped"):
            read_text(opened, "post", None, "investigation", ASKER)
    assert stored_scores(home) == before


TEXTUAL = [
    scenario
    for scenario in load_scenarios().values()
    if any("text_scam" in each or "text_trade" in each for each in (*scenario.planted, *scenario.twin))
]


@pytest.mark.parametrize("scenario", TEXTUAL, ids=lambda scenario: scenario.typology)
def test_the_texts_of_planted_cases_and_twins_score_on_their_own_side_of_the_thresholds(
    tmp_path: Path, scenario: Scenario
) -> None:
    """Scenarios state the scores, so that thresholds are met exactly; the shipped model must take the same side."""
    catalogue = load_shipped()
    typology = next(each for each in catalogue.typologies if each.id == scenario.typology)
    for case, fires in ((scenario.planted, True), (scenario.twin, False)):
        with open_home(tmp_path / str(fires)) as opened:
            taken = Intake(opened.intake, 100, IntakeReport()).rows(clear_table(case).to_pylist()).table
        scores = taken.select(list(TEXT_SCORES)).to_pylist()
        rows = [{**row, **read} for row, read in zip(naive_rows(case), scores, strict=True)]
        assert bool(hits(catalogue, typology, rows)) == fires, scores


def test_columns_of_the_lake_carry_the_scores(tmp_path: Path) -> None:
    home = played(tmp_path / "home", [*ROWS, event("next", 90_000, "post", src=USER, dst=PLACE, text=CHAT)])
    with open_home(home) as opened:
        opened.close_days()
        lake = opened.lake
    rows = connect(lake).execute("SELECT event_id, text_trade FROM events WHERE kind = 'post' ORDER BY seq").fetchall()
    scores = stored_scores(home)
    assert rows == [(name, None if scores[name][1] == NULL else scores[name][1]) for name, _ in rows]
    assert np.isin("post", [name for name, _ in rows])


def test_a_lake_from_before_there_were_scores_is_still_read(tmp_path: Path) -> None:
    home = played(tmp_path / "home", [*ROWS, event("next", 90_000, "post", src=USER, dst=PLACE)])
    with open_home(home) as opened:
        opened.close_days()
        old = shutil.copytree(opened.lake, tmp_path / "old")
    for part in old.glob("day=*/*.parquet"):
        table = pq.ParquetFile(part).read()
        pq.write_table(table.drop_columns(list(TEXT_SCORES)), part)
    rows = connect(old).execute("SELECT DISTINCT text_scam FROM events").fetchall()
    assert rows == [(None,)]
