"""Measures as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from stanch.cli.show import as_table
from stanch.lab.measure.follow import FollowMeasure
from stanch.lab.measure.labels import LabelMeasure
from stanch.lab.measure.warned import Warned
from stanch.lab.measure.world import WorldMeasure
from stanch.model.money import format_money


def show_world(found: WorldMeasure) -> None:
    """Print what a replay of a world found, missed, stopped and got wrong."""
    show_typologies(found)
    show_money(found)
    wrong, waits, victims = found.false_alerts, found.waiting, found.victims
    as_table("Innocent people", ("", "value"), [
        ("innocent events", found.innocent_events),
        ("false alerts, warn or higher", wrong.count),
        ("… per 10,000 innocent events", wrong.per_10000_innocent_events),
        ("… per 1,000 innocent people and day", wrong.per_1000_innocent_people_and_day),
        ("victims taken for suspects", wrong.victims_taken_for_suspects),
        ("innocent payments that waited", f"{waits.payments:,} of {waits.all_payments:,}"),
        ("… their money", f"{money(waits.amount)} of {money(waits.all_amount)}"),
    ])  # fmt: skip
    as_table("Victims", ("", "value"), [
        ("victims who set out to pay", victims.victims),
        ("warned with their first payment or before", victims.warned_with_first_payment),
        ("warned with their last payment or before", victims.warned_with_last_payment),
        ("their payments", victims.payments),
        ("… after or with a warning", victims.payments_warned),
    ])  # fmt: skip
    as_table("False alerts by group", ("by", "group", "people", "false alerts", "per 1,000 people and day"), [
        (g.by, g.name, g.people, g.false_alerts, g.per_1000_people_and_day) for g in found.groups
    ])  # fmt: skip
    as_table("Innocent look-alikes alerted", ("twin", "entities", "alerted", "by"), [
        (t.role.removeprefix("twin:"), t.entities, t.alerted, t.by) for t in found.twins if t.alerted
    ])  # fmt: skip


def show_typologies(found: WorldMeasure) -> None:
    """Print what was planted, found and flagged, typology by typology."""
    columns = ("typology", "planted", "prevented", "found", "recall", "flagged", "right", "precision", "false_alerts")
    as_table(
        f"Typologies, on {found.events:,} events of {found.people:,} people in {found.days} days",
        [name.replace("_", " ") for name in columns],
        [[getattr(typology, name) for name in columns] for typology in found.typologies],
    )


def show_money(found: WorldMeasure) -> None:
    """Print what became of the victims' money, scheme by scheme."""
    parts = ("at_risk", "stopped_at_payment", "stopped_later", "stayed", "left", "reported")
    rows: list[list[str]] = [[s.scheme, *(money(getattr(s, part)) for part in parts)] for s in found.money]
    rows.append(["together", *(money(sum(getattr(s, part) for s in found.money)) for part in parts)])
    loop = "stopped money did not move on" if found.closed_loop else "every event as it was made, stopped or not"
    as_table(f"Victims' money in CNY ({loop})", ("scheme", *(part.replace("_", " ") for part in parts)), rows)


def show_follow(found: FollowMeasure) -> None:
    """Print what is held of reported money, beside what others would hold, and whom it cost."""
    parts = ("reported", "held", "before", "left", "loose", "in_reach")
    rows = [["Stanch", *(money(getattr(found.stanch, part)) for part in parts)]]
    rows += [[arm.name, *(money(getattr(arm.held, part)) for part in parts)] for arm in found.arms]
    rows += [[f"{arm.name}, alone", *(money(getattr(arm.alone, part)) for part in parts)] for arm in found.arms]
    as_table("Reported money in CNY, and who holds how much of it", ("", *(p.replace("_", " ") for p in parts)), rows)
    as_table("What Stanch holds", ("", "of all-knowing", "to manual", "to portal"), [
        ("all", found.ratios.of_knowing, found.ratios.to_manual, found.ratios.to_portal),
        ("stopped after the report", found.after.of_knowing, found.after.to_manual, found.after.to_portal),
    ])  # fmt: skip
    as_table("Whom it cost", ("", "value"), [
        ("innocent accounts with money held", found.harm.accounts),
        ("… their money", money(found.harm.money)),
        ("median minutes of such an order", found.harm.order_minutes),
        ("median minutes of such a delay", found.harm.delay_minutes),
        ("essential payments stopped", found.harm.essential_stopped),
    ])  # fmt: skip
    as_table("Innocent accounts in reach of a trace, by day", ("day", "in reach", "held", "money in reach", "held"), [
        (d.day, d.in_reach, d.held, money(d.money_in_reach), money(d.money_held)) for d in found.days
    ])  # fmt: skip
    as_table("Innocent people with money held", ("by", "group", "people", "held"), [
        (g.by, g.name, g.people, g.held) for g in found.groups
    ])  # fmt: skip


def show_warned(found: Sequence[Warned]) -> None:
    """Print what warnings did for victims, group by group."""
    columns = ("by", "name", "victims", "payments", "warned", "heeded", "paid_anyway", "delayed")
    rows = [[getattr(each, name) for name in columns] for each in found]
    as_table("Victims' payments and warnings", [name.replace("_", " ") for name in columns], rows)


def show_labels(found: Sequence[LabelMeasure]) -> None:
    """Print what was found and acted on, by label and value."""
    for label in found:
        rows = [(v.value, v.rows, v.found, v.found_share, v.acted, v.acted_share) for v in label.values]
        columns = ("value", "rows", "found", "share", "acted on", "share")
        as_table(f"{label.label}: {label.rows:,} rows", columns, rows)
        if label.ranking is not None:
            ranking = label.ranking
            as_table("… as a ranking by score", ("", "value"), [
                ("prevalence", ranking.prevalence),
                ("ROC AUC", ranking.roc_auc),
                ("average precision", ranking.average_precision),
                ("precision among the first 100 of a day", ranking.precision_a_day),
            ])  # fmt: skip


def money(minor: int) -> str:
    """Return an amount in CNY without its currency."""
    return format_money(minor, "CNY").removesuffix(" CNY")
