from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab.train.card_world import MODEL, START, card_world
from lab.train.conftest import COURSE, Shops
from stanch.engine.backtest import rerun
from stanch.engine.decisions import answers_and_findings
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.rules import load_rules, with_model
from stanch.lab.train.outcomes import NEVER, read_outcomes
from stanch.lab.train.train import train_on_files, train_on_home
from stanch.lab.train.weeks import Spans, Week, split, weeks_until
from stanch.model.errors import ConfigError, InputError
from stanch.model.time import DAY
from stanch.scores.definition import parse_definition
from stanch.scores.model import write_model

DEFINITION = parse_definition(MODEL, "shops.yaml")
ALONE = replace(COURSE, peers=False)
BEGIN = int(START.timestamp()) * 1_000_000


def test_planted_fraud_is_ranked_before_honest_payments(shops: Shops) -> None:
    ours = shops.report.marks["Stanch"]
    share = sum(week.tested_fraud for week in shops.report.weeks) / sum(week.tested for week in shops.report.weeks)
    assert ours["roc_auc"].value > 0.8
    assert ours["average_precision"].value > 3 * share
    for mark in ours.values():
        assert mark.low <= mark.value <= mark.high


def test_a_lead_is_held_against_the_best_peer(shops: Shops) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("xgboost")
    assert set(shops.report.marks) == {"Stanch", "logistic regression", "random forest", "XGBoost"}
    for name, ahead in shops.report.ahead.items():
        peers = {peer: marks[name].value for peer, marks in shops.report.marks.items() if peer != "Stanch"}
        best = max(peers.values())
        assert peers[ahead.peer] == best
        assert ahead.difference.value == pytest.approx(shops.report.marks["Stanch"][name].value - best)


def test_the_same_files_give_the_same_model_byte_for_byte(shops: Shops) -> None:
    course = replace(COURSE, peers="XGBoost" in shops.report.marks)
    again, _ = train_on_files([shops.payments], shops.mapping, DEFINITION, course)
    assert hashlib.sha256(write_model(again)).digest() == hashlib.sha256(write_model(shops.model)).digest()


def test_the_card_says_what_the_model_is_made_of_and_where_it_ends(shops: Shops) -> None:
    card = shops.model.card
    assert (card["trained_from"], card["trained_to"], card["known_by"]) == ("2026-03-12", "2026-03-16", "2026-03-18")
    assert {"examples", "measured", "mean", "ahead", "limits", "trained_on", "trained_fraud", "delay"} <= card.keys()


def test_nothing_learned_later_is_trained_on(tmp_path: Path) -> None:
    """Outcomes count for training only if they were known when the test begins; known cards are not tested."""
    payments, mapping = card_world(tmp_path)
    with open_home(tmp_path / "home") as home:
        replay(home, [payments], mapping)
        home.finish()
        outcomes = read_outcomes(home.records, "transfer")
    at, known, cards = outcomes.column("as_of"), outcomes.known, outcomes.column("src")
    told = known < NEVER
    assert np.allclose(known[told] - at[told], 2 * DAY, atol=10_000_000)  # the delay of the mapping
    week = Week(BEGIN, BEGIN + 4 * DAY, BEGIN + 5 * DAY, BEGIN + 7 * DAY)  # tested before all is known
    parts = split(outcomes, week)
    assert (parts.fraud == (known[parts.train] < week.test_from)).all()
    assert parts.fraud.sum() < (known[parts.train] < NEVER).sum()
    for place in parts.test[::50].tolist():
        day = int(at[place]) // DAY * DAY
        assert not (known[(cards == cards[place]) & (at >= week.train_from)] < day).any()
    assert parts.removed > 0


def test_tests_follow_each_other_up_to_the_last_day_that_can_be_judged(tmp_path: Path) -> None:
    payments, mapping = card_world(tmp_path)
    with open_home(tmp_path / "home") as home:
        replay(home, [payments], mapping)
        home.finish()
        outcomes = read_outcomes(home.records, "transfer")
    weeks = weeks_until(outcomes, COURSE.spans, 2, None)
    assert weeks[-1].test_to == BEGIN + 16 * DAY
    assert weeks[0].test_to == weeks[1].test_from
    for spans in (Spans(90 * DAY, DAY, DAY), Spans(DAY // 2, DAY, DAY)):
        with pytest.raises((InputError, ConfigError)):
            weeks_until(outcomes, spans, 1, None)
    with pytest.raises(InputError, match="the log has 2026-03-02 to 2026-03-17"):
        weeks_until(outcomes, COURSE.spans, 9, None)


def test_without_confirmed_events_there_is_nothing_to_learn(tmp_path: Path) -> None:
    pytest.importorskip("lightgbm")
    payments, mapping = card_world(tmp_path, fraud=False)
    with pytest.raises(InputError, match="no confirmed event names a transfer"):
        train_on_files([payments], mapping, DEFINITION, ALONE)


def test_too_few_frauds_are_told(tmp_path: Path) -> None:
    pytest.importorskip("lightgbm")
    payments, mapping = card_world(tmp_path)
    lines = payments.read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if line.endswith(",1"))
    kept = [
        line if at == first else line.removesuffix(",1") + ",0" * line.endswith(",1") for at, line in enumerate(lines)
    ]
    payments.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="at least 20 of each outcome"):
        train_on_files([payments], mapping, DEFINITION, ALONE)


def test_a_missing_library_is_named_with_its_extra(
    shops: Shops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_home(tmp_path / "home") as home:
        replay(home, [shops.payments], shops.mapping)
        for library, course in (("lightgbm", ALONE), ("xgboost", COURSE), ("sklearn.ensemble", COURSE)):
            with monkeypatch.context() as patch, pytest.raises(ConfigError, match=r"stanch\[learn\]"):
                patch.setitem(sys.modules, library, None)
                train_on_home(home, DEFINITION, course)


def test_the_line_serves_the_score_and_says_what_raised_it(shops: Shops, tmp_path: Path) -> None:
    model = tmp_path / "shops.json"
    model.write_bytes(write_model(shops.model))
    answers = {}
    for batch in (7, 4096):
        with open_home(tmp_path / f"home-{batch}", model=model) as home:
            summary = replay(home, [shops.payments], shops.mapping, batch=batch)
            home.finish()
            answers[batch], findings = answers_and_findings(home.records)
    assert summary.findings > 20
    assert answers[7].drop(["seq"]).equals(answers[4096].drop(["seq"]))
    assert set(findings["typology"].to_pylist()) >= {"finance.learned_shop_risk"}
    assert set(findings["side"].to_pylist()) == {"protect"}  # the holder of a compromised card is its victim
    for english, chinese in zip(findings["reason_en"].to_pylist(), findings["reason_zh"].to_pylist(), strict=True):
        assert "million to be fraud. What raised the score most: " in english
        assert english.endswith(").")
        assert "使评分升高最多的是：" in chinese


def test_findings_of_the_line_are_mostly_fraud(shops: Shops, tmp_path: Path) -> None:
    """On days that the model was not trained on, of a score of 50 % and more about half or more is fraud."""
    model = tmp_path / "shops.json"
    model.write_bytes(write_model(shops.model))
    payments, mapping = card_world(tmp_path, seed=6)
    with open_home(tmp_path / "home", model=model) as home:
        replay(home, [payments], mapping)
        home.finish()
        _, findings = answers_and_findings(home.records)
    fraud = {line.split(",")[0] for line in payments.read_text(encoding="utf-8").splitlines() if line.endswith(",1")}
    right = [event in fraud for event in findings["event_id"].to_pylist()]
    assert np.mean(right) > 0.6


def test_a_home_goes_on_with_its_model_and_decides_the_same_again(shops: Shops, tmp_path: Path) -> None:
    model = tmp_path / "shops.json"
    model.write_bytes(write_model(shops.model))
    with open_home(tmp_path / "home", model=model) as home:
        replay(home, [shops.payments], shops.mapping)
        rules = home.rules.hash
    with open_home(tmp_path / "home") as home:
        assert home.rules.hash == rules
        stored = answers_and_findings(home.records)[1].num_rows
        again = sum(
            len(decision.findings)
            for outcome in rerun(home.records, with_model(load_rules(), shops.model))
            for decision in outcome.decisions.values()
        )
    assert again == stored > 0
