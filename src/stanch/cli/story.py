"""What the demo tells in the terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stanch.engine.replay import percentile
from stanch.lab.demo import Shown
from stanch.lab.report.axes import AHEAD
from stanch.lab.report.content import Told
from stanch.lab.report.followed import FATES
from stanch.model.money import format_money
from stanch.model.time import to_datetime

_COLOURS: Final = {"delay": "red", "confirm": "yellow", "contact": "magenta", "reverify": "blue", "warn": "cyan"}
_PIPED: Final = 110
#: How many findings and errors the terminal shows; the report has more.
_FINDINGS: Final = 8
_WRONG: Final = 5


def tell_demo(shown: Shown) -> None:
    """Print what mattered, what was stopped and what was wrong."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPED
    _opening(console, shown)
    _findings(
        console,
        "Findings that matter, each with its reason",
        [(None, told) for told in shown.content.matter[:_FINDINGS]],
    )
    _stopped(console, shown)
    _followed(console, shown)
    _findings(console, "What it got wrong: times, and one example", list(shown.content.wrong[:_WRONG]))
    _closing(console, shown)


def _opening(console: Console, shown: Shown) -> None:
    world, summary = shown.world, shown.summary
    speed = summary.decided / summary.total if summary.total else 0.0
    within = percentile(summary.latencies, 0.99) * 1e3
    console.print(
        f"\n{world.people:,} people, {world.days} days, {summary.events:,} events, {world.fraud_events:,} of fraud. "
        f"{summary.decided:,} decisions in {summary.total:.1f} s ({speed:,.0f}/s, 99 % within {within:.0f} ms), "
        f"something found on {summary.fire_rate:.2%}.\n"
    )


def _findings(console: Console, title: str, rows: list[tuple[int | None, Told]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # Chinese has no blanks: without folding, what is longer than a line is cut off
    for times, told in rows:
        when = f"{to_datetime(told.at + AHEAD):%d %b %H:%M}" if times is None else f"{times:,}×"
        reason = Text(told.typology, style="bold").append(f"\n{told.en}\n{told.zh}", style="not bold")
        table.add_row(when, Text(told.step, style=_COLOURS.get(told.step, "")), reason)
    console.print(table)
    console.print()


def _stopped(console: Console, shown: Shown) -> None:
    money = shown.content.measure.money

    def whole(part: str) -> int:
        return sum(int(getattr(scheme, part)) for scheme in money)

    victims, waits = shown.content.measure.victims, shown.content.measure.waiting
    stopped = whole("stopped_at_payment") + whole("stopped_later")
    console.print("[bold]What was stopped in time[/bold]")
    console.print(
        f"Victims set out to pay {_cny(whole('at_risk'))}. {_cny(stopped)} of it was stopped before it settled, "
        f"{_cny(whole('stayed'))} stayed in accounts, {_cny(whole('left'))} left. "
        f"Victims reported {_cny(whole('reported'))}.\n"
        f"{victims.warned_with_first_payment} of {victims.victims} victims were warned with their first payment, "
        f"or before. {waits.payments:,} of {waits.all_payments:,} innocent payments had to wait.\n"
    )


def _followed(console: Console, shown: Shown) -> None:
    """Tell one report to its end: trace, orders, answers, money returned."""
    told = shown.content.followed
    if told is None:
        return
    view, parts = told.view, told.view.parts
    console.print(f"[bold]A report, followed to its end[/bold] (stanch trace --report {told.event_id})")
    console.print(
        f"{_cny(view.reported)} were reported and traced through {view.reached} accounts: "
        + ", ".join(f"{_cny(parts[key])} {name}" for key, name in FATES.items() if parts[key])
        + "."
    )
    steps = Table(box=None, pad_edge=False, show_header=False)
    for step in told.steps:
        when = f"{to_datetime(step.at + AHEAD):%d %b %H:%M}"
        steps.add_row(when, step.measure, step.state.replace("_", " "), step.institution, _cny(step.amount))
    console.print(steps)
    held = sum(count for (_, state), count in told.totals.orders.items() if state == "in_force")
    console.print(
        f"After {told.totals.reports} reports {sum(told.totals.orders.values())} orders were drafted, {held} are in "
        f"force, {_cny(told.totals.returned)} went back to victims.\n"
        f"The flow picture: {shown.report.with_name('trace.html')}\n"
    )


def _closing(console: Console, shown: Shown) -> None:
    measure = shown.content.measure
    prevented = sum(t.prevented for t in measure.typologies)
    planted = sum(t.planted for t in measure.typologies) - prevented
    found = sum(t.found for t in measure.typologies)
    wrong = measure.false_alerts
    console.print(
        f"{found} of {planted} planted behaviours were found, {prevented} more never came about because "
        f"their money was stopped. "
        f"{wrong.count:,} alerts were wrong: "
        f"{wrong.per_10000_innocent_events:.2g} for 10,000 innocent events, "
        f"{wrong.per_1000_innocent_people_and_day:.2g} for 1,000 innocent people and day; "
        f"{wrong.victims_taken_for_suspects} took a victim for a suspect.\n"
    )


def _cny(minor: int) -> str:
    return format_money(minor, "CNY").split(".", maxsplit=1)[0] + " CNY"
