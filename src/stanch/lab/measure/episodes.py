"""Episodes: alerts held against the truth. Which of them were right, and what of the planted was found.

An episode is the findings of one typology about one subject until a quiet period. It is *right* when its subject is
bad in truth; where it protects, also when its subject belongs to the victim of a scam that is under way, or the event
that it was found on is a scammer's: a call to somebody who did not fall for it was still worth a warning.
"""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from stanch.decide.policy import ACTIONS
from stanch.model.time import DAY, HOUR

#: From this step on an episode reaches somebody.
ALERT: Final = ACTIONS.index("warn")

#: How long before the first and after the last payment a scam counts as under way, and how exactly a planting is timed.
_BEFORE: Final = 3 * DAY
_AFTER: Final = 1 * DAY
_SLACK: Final = 1 * HOUR
#: How near to a planting the money that did not come must have been expected.
_NEAR: Final = 6 * HOUR

_EPISODES: Final = """
CREATE TABLE episodes AS
WITH numbered AS (
    SELECT *, sum(CAST(new_episode AS INT)) OVER (PARTITION BY typology, subject ORDER BY seq) AS episode
    FROM findings
)
SELECT typology, subject, any_value(side) AS side, min(as_of) AS start, max(as_of) AS "end", min(seq) AS seq,
    max(coalesce(list_position($actions, step), 1) - 1) AS rank, bool_or(coalesce(a.bad, false)) AS aimed
FROM numbered LEFT JOIN (SELECT source, event_id, bad FROM acts) a USING (source, event_id)
GROUP BY typology, subject, episode
"""

_SCAMS: Final = """
CREATE TABLE scams AS
SELECT f.victim AS person, min(i.at) AS first, max(i.at) AS last
FROM flows f JOIN instructions i USING (source, event_id) WHERE len(f.funded_by) = 0 GROUP BY f.victim
"""

_JUDGED: Final = """
CREATE TABLE judged AS
SELECT e.*, o.person, coalesce(b.bad, false) AS bad, t.role AS twin, s.person IS NOT NULL AS victim,
    coalesce(b.bad, false) OR (e.side = 'protect' AND s.person IS NOT NULL
        AND e.start BETWEEN s.first - $before AND s.last + $after) OR (e.side = 'protect' AND e.aimed) AS "right"
FROM episodes e
LEFT JOIN (SELECT entity, max(person) AS person FROM owners GROUP BY entity) o ON o.entity = e.subject
LEFT JOIN (SELECT entity, bool_or(bad) AS bad FROM entities GROUP BY entity) b ON b.entity = e.subject
LEFT JOIN (SELECT entity, max(role) AS role FROM entities WHERE starts_with(role, 'twin:') GROUP BY entity) t
    ON t.entity = e.subject
LEFT JOIN scams s ON s.person = o.person
"""

_FOUND: Final = """
CREATE TABLE plantings AS
WITH missing AS (
    SELECT i.src, i.dst, i.at FROM outcomes JOIN instructions i USING (source, event_id)
    WHERE outcomes.outcome IN ('not sent', 'cut', 'bounced')
)
SELECT p.*, EXISTS (
        FROM findings f WHERE f.typology = p.typology AND f.subject = p.subject
            AND f.as_of BETWEEN p.start - $slack AND p."end" + $slack) AS found,
    EXISTS (
        FROM missing m WHERE (m.src = p.subject OR m.dst = p.subject)
            AND m.at BETWEEN p.start - $near AND p."end" + $near) AS short_of_money
FROM planted p
"""

_BY_TYPOLOGY: Final = """
SELECT typology, coalesce(planted, 0) AS planted, coalesce(prevented, 0) AS prevented, coalesce(found, 0) AS found,
    found / nullif(planted - prevented, 0) AS recall, coalesce(flagged, 0) AS flagged, coalesce(hits, 0) AS "right",
    hits / nullif(flagged, 0) AS "precision", coalesce(false_alerts, 0) AS false_alerts
FROM (SELECT typology, count(*) AS planted, count(*) FILTER (NOT found AND short_of_money) AS prevented,
        count(*) FILTER (found) AS found FROM plantings GROUP BY typology)
FULL JOIN (SELECT typology, count(*) AS flagged, count(*) FILTER ("right") AS hits,
        count(*) FILTER (NOT "right" AND rank >= $alert) AS false_alerts FROM judged GROUP BY typology) USING (typology)
ORDER BY typology
"""


def judge_episodes(base: duckdb.DuckDBPyConnection) -> None:
    """Make the tables episodes, scams, judged and plantings from findings, outcomes and the truth."""
    base.execute(_EPISODES, {"actions": list(ACTIONS)})
    base.execute(_SCAMS)
    base.execute(_JUDGED, {"before": _BEFORE, "after": _AFTER})
    base.execute(_FOUND, {"slack": _SLACK, "near": _NEAR})


def by_typology(base: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return planted, prevented, found, recall, flagged, right, precision and false alerts of each typology.

    A planting is *prevented* when it was not found and the money for it never came, because it was stopped before.
    """
    return base.sql(_BY_TYPOLOGY, params={"alert": ALERT}).to_arrow_table()
