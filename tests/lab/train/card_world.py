"""A small world of card payments, made for the tests: terminals and cards that are compromised for some days.

At a compromised terminal every payment is fraud; with a compromised card some payments are, and these are dear.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

MAPPING = """
source: shops
timezone: UTC
columns:
  event_id: ID
  happened_at: T
  src: {column: CARD, as: account, prefix: c-}
  dst: {column: TERMINAL, as: merchant, prefix: t-}
  amount: {column: SUM, unit: major}
constants: {kind: transfer, currency: EUR, channel: pos}
confirmed: {label: FRAUD, equals: 1, delay: 2d, about: dst}
"""
START = datetime(2026, 3, 2, tzinfo=UTC)
CARDS, TERMINALS, A_DAY = 120, 60, 400


def card_world(folder: Path, days: int = 16, seed: int = 5, *, fraud: bool = True) -> tuple[Path, Path]:
    """Write payments and their mapping; return both files."""
    chance = np.random.default_rng(seed)
    means = chance.uniform(5, 80, CARDS)
    bad_terminals = {
        (d + k, t) for d in range(days) for t in chance.integers(0, TERMINALS, 1).tolist() for k in range(6)
    }
    bad_cards = {(d + k, c) for d in range(days) for c in chance.integers(0, CARDS, 1).tolist() for k in range(4)}
    rows: list[list[object]] = []
    for day in range(days):
        for second in sorted(chance.integers(0, 86_400, A_DAY).tolist()):
            card, terminal = int(chance.integers(CARDS)), int(chance.integers(TERMINALS))
            dear = (day, card) in bad_cards and chance.random() < 0.4
            amount = max(0.01, chance.normal(means[card], means[card] / 3)) * (5 if dear and fraud else 1)
            bad = fraud and (dear or (day, terminal) in bad_terminals)
            at = START + timedelta(days=day, seconds=second)
            rows.append([f"p{len(rows)}", at.isoformat(), card, terminal, f"{amount:.2f}", int(bad)])
    payments, mapping = folder / "payments.csv", folder / "map.yaml"
    with payments.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["ID", "T", "CARD", "TERMINAL", "SUM", "FRAUD"], *rows])
    mapping.write_text(MAPPING, encoding="utf-8")
    return payments, mapping


MODEL = """
id: shops
on: transfer
when: channel = 'pos'
features:
  payments: {count: true, by: src, over: 7d, where: "kind = 'transfer'"}
  paid: {total: amount, by: src, over: 7d, where: "kind = 'transfer'"}
  fraud_1d: {count: true, by: dst, over: 1d, where: "kind = 'confirmed'"}
  fraud_4d: {count: true, by: dst, over: 4d, where: "kind = 'confirmed'"}
inputs:
  amount: {value: amount, unit: money, en: the amount, zh: 金额}
  times_mean: {value: amount * payments / paid, en: the amount against the card's mean, zh: 金额与该卡均值的比}
  fraud_1d: {value: fraud_1d, en: frauds confirmed at the terminal within a day, zh: 该终端一天内确认的欺诈}
  fraud_4d: {value: fraud_4d, en: frauds confirmed at the terminal within 4 days, zh: 该终端4天内确认的欺诈}
learning: {trees: 40, leaves: 8, rate: 0.1, least_in_leaf: 10}
finding:
  id: finance.learned_shop_risk
  on: transfer
  title: {en: High score, zh: 评分高}
  features:
    learned_score: {computed: learned_score}
  parameters: {min_score: 500000}
  when: learned_score >= :min_score
  subject: src
  side: protect
  family: learned
  score: 0.7
  reason:
    en: "The model expects {learned_score} of a million to be fraud"
    zh: "模型估计每百万笔中有 {learned_score} 笔欺诈"
  twin: A dear purchase. Told apart by the card's mean.
  source: start value, chosen by us
"""
