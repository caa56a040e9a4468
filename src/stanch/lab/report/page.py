"""The page: what happened, what was stopped, why, and what was wrong, in one file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from stanch.engine.replay import percentile
from stanch.lab.measure.world import WorldMeasure
from stanch.lab.report import pictures
from stanch.lab.report.content import Content
from stanch.lab.report.followed import FATES, Totals
from stanch.lab.report.markup import (
    bar,
    figure,
    figures,
    moment,
    money,
    names,
    share,
    step,
    table,
    tight,
    two_tongues,
)


def write_report(content: Content, out: Path) -> Path:
    """Write the report to one self-contained HTML file; return its path."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(content), encoding="utf-8")
    return out


def page(content: Content) -> str:
    """Return the whole page."""
    style = files("stanch.lab.report").joinpath("page.css").read_text(encoding="utf-8")
    sections = (_opening, _money, _followed, _time, _case, _matter, _found, _wrong, _people, _speed, _reading)
    body = "\n".join(section(content) for section in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Stanch: {_title(content.measure)}</title>\n<style>\n{style}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _title(measure: WorldMeasure) -> str:
    return f"{measure.days} days in a country of {measure.people:,} people"


def _opening(content: Content) -> str:
    measure = content.measure
    at_risk, stopped = _sum(content, "at_risk"), _sum(content, "stopped_at_payment") + _sum(content, "stopped_later")
    victims, wrong = measure.victims, measure.false_alerts
    return f"""<header><p class="eyebrow">Stanch · report of a replay</p><h1>{_title(measure)}</h1>
<p>{measure.events:,} events of operators, banks, platforms and record keepers, decided one after the other in the order
in which they became known. Scams were hidden among them. Everything below is measured against the truth of this made-up
country, which the line has no way to read.</p></header>
{
        figures(
            [
                (
                    share(stopped / at_risk if at_risk else None),
                    f"of {money(at_risk)} that victims set out to pay was stopped in time",
                ),
                (
                    f"{victims.warned_with_first_payment} of {victims.victims}",
                    "victims were warned with their first payment or before",
                ),
                (f"{wrong.per_10000_innocent_events:.2g}", "false alerts for each 10,000 innocent events"),
                (
                    f"{measure.events / content.seconds:,.0f}" if content.seconds else "–",
                    "decisions a second in this replay, each kept durably",
                ),
            ]
        )
    }"""


def _money(content: Content) -> str:
    measure = content.measure
    parts = (
        ("stopped as it was paid", "stopped_at_payment", "green"),
        ("stopped on its way", "stopped_later", "teal"),
        ("still in accounts", "stayed", "amber"),
        ("left", "left", "red"),
    )
    rule = (
        "The loop was closed: money that was stopped did not move on."
        if measure.closed_loop
        else "The loop was open: every event came as it was made, stopped or not."
    )
    waits = measure.waiting
    return f"""<h2>The money</h2>
<p>Nothing is lost from the count: what victims set out to pay was stopped, stayed in accounts where it can be held, or
left as cash, crypto assets or goods. {rule} Victims themselves reported {money(_sum(content, "reported"))}.</p>
{bar([(name, _sum(content, part), tint) for name, part, tint in parts])}
{figure(pictures.money_over_time(content.movements), "Added up from the first payment to the last withdrawal.")}
{figure(pictures.money_by_scheme(measure.money), "By the story that the victim was told.")}
<p>The price: {waits.payments:,} of {waits.all_payments:,} innocent payments had to wait, {money(waits.amount)} of
{money(waits.all_amount)}. No wait is longer than the policy's limit, and each ends by itself.</p>"""


def _followed(content: Content) -> str:
    told = content.followed
    if told is None:
        return "<h2>A report, followed</h2>\n<p>Nothing was reported of which the payment is known.</p>"
    view, parts = told.view, told.view.parts
    rows = [
        (moment(each.at), each.measure, each.state.replace("_", " "), each.institution, tight(money(each.amount)))
        for each in told.steps
    ]
    columns = ("when", "order", "state", "institution", "amount")
    return f"""<h2>A report, followed</h2>
<p>{money(view.reported)} were reported; the trace reached {view.reached} accounts. What became of it:
{", ".join(f"{money(parts[key])} {name}" for key, name in FATES.items() if parts[key])}.
The flow picture, account by account, is <code>trace.html</code> beside this page.
Each step below has its power, its reason, its end and a way to object; a freeze and a return were decided by two.</p>
{table("Steps of its orders, which may hold other reports' money too", columns, rows)}
<p>After {told.totals.reports} reports in all, {money(told.totals.returned)} went back to victims.</p>
{table("All orders and how they stand at the end", ("order", "how many", "of them"), _orders(told.totals))}"""


def _orders(totals: Totals) -> list[tuple[str, int, str]]:
    """Return how many orders there were of each measure, and in which states they ended, the most first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for (measure, state), count in totals.orders.items():
        found.setdefault(measure, []).append((count, state.replace("_", " ")))
    return [
        (measure, sum(count for count, _ in states), ", ".join(f"{n} {state}" for n, state in sorted(states)[::-1]))
        for measure, states in found.items()
    ]


def _time(content: Content) -> str:
    picture = pictures.timeline(content.hours)
    return f"""<h2>What was done</h2>
{figure(picture, "Events that were simply let through are not drawn. Local time.")}"""


def _case(content: Content) -> str:
    rows = [
        (tight(link.step.replace("_", " ")), moment(link.first), moment(link.last), link.events, link.found_on,
         moment(link.first_found) if link.first_found is not None else None,
         names(link.typologies.split(", ")) if link.typologies else None)
        for link in content.chain
    ]  # fmt: skip
    caption = f"Case {content.case}: each step of the chain as it was planted, and what the line saw of it"
    columns = ("step", "first event", "last event", "events", "found on", "first found", "by")
    return f"""<h2>One chain, from the leak to the exit</h2>
<p>Records leak, cards and accounts are supplied, victims are reached, they pay, money is layered and leaves. Operators,
banks and platforms each see one part of it.</p>
{table(caption, columns, rows)}"""


def _matter(content: Content) -> str:
    rows = [
        (
            moment(told.at),
            names([told.typology]),
            told.who,
            step(told.step),
            two_tongues(told.en, told.zh),
        )
        for told in content.matter
    ]
    return f"""<h2>Findings that matter</h2>
<p>One right finding of each typology, the strictest and surest. Who it is about stands here under a pseudonym; the
reason is what a person would be told.</p>
{table("Right findings with their reasons", ("when", "typology", "about", "done", "why"), rows)}"""


def _found(content: Content) -> str:
    rows = [
        (
            t.typology,
            t.planted,
            t.prevented,
            t.found,
            share(t.recall),
            t.flagged,
            t.right,
            share(t.precision),
            t.false_alerts,
        )
        for t in content.measure.typologies
    ]
    columns = ("typology", "planted", "prevented", "found", "recall", "flagged", "right", "precision", "false alerts")
    episode = "An episode is all that one typology finds about one subject until it is quiet for a day."
    planted = "Planted behaviours and episodes. Prevented: the money for it never came, because it was stopped before."
    return f"""<h2>Found, by typology</h2>
{figure(pictures.findings(content.measure.typologies), episode)}
<details><summary>All figures</summary>
{table(planted, columns, rows)}
</details>"""


def _wrong(content: Content) -> str:
    wrong = content.measure.false_alerts
    rows = [(count, names([t.typology]), step(t.step), two_tongues(t.en, t.zh)) for count, t in content.wrong]
    missed = (
        table("Planted, and neither found nor prevented", ("typology", "missed"), content.missed)
        if content.missed
        else ""
    )
    nothing = "" if missed else "<p>Nothing that was planted was missed.</p>"
    return f"""<h2>What it got wrong</h2>
<p>{wrong.count:,} alerts, a warning or more, reached somebody who had no part in a scam;
{wrong.victims_taken_for_suspects:,} treated a victim as a suspect.</p>
{table("Wrong alerts by typology, with one example each", ("times", "typology", "done", "example"), rows)}
{missed}{nothing}"""


def _people(content: Content) -> str:
    measure = content.measure
    columns = ("by", "group", "people", "false alerts", "per 1,000 people and day")
    groups = [(g.by, g.name, g.people, g.false_alerts, g.per_1000_people_and_day) for g in measure.groups]
    twins = [
        (t.role.removeprefix("twin:").replace("_", " "), t.entities, t.alerted, t.by or None) for t in measure.twins
    ]
    return f"""<h2>Whom it reaches</h2>
<p>{measure.false_alerts.per_1000_innocent_people_and_day:.2g} false alerts for 1,000 innocent people and day.</p>
{table("False alerts among innocent people", columns, groups)}
<details><summary>Innocent look-alikes</summary>
{table("People whose ordinary life looks like a scam", ("who", "how many", "alerted", "by"), twins)}</details>"""


def _speed(content: Content) -> str:
    half, most = (percentile(content.latencies, q) * 1e3 for q in (0.5, 0.99))
    caption = (
        f"Half of all events were in a batch that took at most {half:.1f} ms, 99 % in one of at most {most:.1f} ms."
    )
    return f"<h2>Speed</h2>\n{figure(pictures.latency(content.latencies), caption)}"


def _reading(content: Content) -> str:
    measure = content.measure
    again = f"stanch demo --people {measure.people} --days {measure.days} --seed {measure.seed}"
    return f"""<footer><p>A finding is a typology whose condition held; it is right when its subject took part in the
scam or, where it protects, is the victim or the target of one that is under way. A person looks at what the machine
delays; the machine alone never does more than delay one payment for a short time.</p>
<p>World parameters <code>{measure.parameters}</code>: the rules were tuned on worlds of this kind; docs/results.md
has the figures for others that they never saw. The same again: <code>{again}</code></p></footer>"""


def _sum(content: Content, part: str) -> int:
    return sum(int(getattr(scheme, part)) for scheme in content.measure.money)
