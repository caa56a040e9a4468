"""The page about a trace: what can still be held first, then where the money went, in one file without scripts."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Final

from stanch.cases.flow_picture import flow_picture
from stanch.cases.markup import STATES, TINTS, Html, chip, interval, lasting, moment, money, say, table, told
from stanch.cases.timeline import timeline
from stanch.cases.view import PARTS, Flow, OrderSum, Party, TraceView, briefed, by_key, named_reports, nothing_more
from stanch.cases.words import en, zh

#: Accounts shown as cards; the rest stand in a table.
CARDS: Final = 8


def trace_page(view: TraceView) -> str:
    """Return the page: self-contained, light or dark as the reader's screen, in English or Chinese at a click."""
    view, style = briefed(view), files("stanch.cases").joinpath("trace.css").read_text(encoding="utf-8")
    found = (_holdable, _picture, _timeline, _accounts, _movements) if view.found else ()
    sections = (_opening, *found, _notes)
    body = "\n".join(section(view) for section in sections)
    return (
        f'<!doctype html>\n<html lang="{view.language}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Stanch: {escape(', '.join(view.reports))}</title>\n<style>\n{style}</style></head>\n"
        f"<body>{_tongues(view)}<main>\n{body}\n</main></body></html>\n"
    )


def _tongues(view: TraceView) -> str:
    return "".join(
        f'<input class="choose" type="radio" name="tongue" id="in-{name}"{" checked" * (name == view.language)}>'
        for name in ("en", "zh")
    )


def _opening(view: TraceView) -> str:
    title, tint = _title(view)
    lead = told("lead" if view.found else "lead_unpaid", *(_lead(view, language) for language in ("en", "zh")))
    reach = f"<p>{say('poison_note')}</p>" if view.method == "poison" else ""
    return f"""<header><div class="tongues"><label for="in-en">English</label><label for="in-zh">中文</label></div>
<p class="eyebrow">{say("eyebrow")}</p><h1 style="--tint:var(--{tint}-ink)">{title}</h1>
<p>{lead}</p>{reach}</header>
{_bar(view)}"""


def _lead(view: TraceView, language: str) -> dict[str, str]:
    return {
        "reported": money(view.reported, view.currency), "alleged": money(view.alleged, view.currency),
        "reports": named_reports(view),
        "now": moment(view.now, view.ahead), "after": lasting(view.now - view.reported_at, language),
    }  # fmt: skip


def _title(view: TraceView) -> tuple[Html, str]:
    parts = view.parts
    if not view.found:
        return say("title_unpaid"), "slate"
    if parts["holdable"]:
        return say("title_holdable", amount=money(parts["holdable"], view.currency)), "amber"
    if parts["held"]:
        return say("title_held", amount=money(parts["held"], view.currency)), "green"
    return say("title_none"), "red"


def _bar(view: TraceView) -> str:
    """Return one bar of all the reported money by what became of it, and its key."""
    parts = view.parts
    if not view.found:
        return ""
    total = sum(parts.values()) or 1
    pieces = "".join(f'<i style="flex:{parts[part]};--tint:var(--{TINTS[part]})"></i>' for part in PARTS if parts[part])
    key = "".join(
        f'<li style="--tint:var(--{TINTS[part]})"><b>{money(parts[part], view.currency)}</b>'
        f'{say(part)} <span class="soft">{parts[part] / total:.0%}</span></li>'
        for part in PARTS
        if parts[part]
    )
    return f'<div class="bar" aria-hidden="true">{pieces}</div><ul class="key">{key}</ul>'


def _holdable(view: TraceView) -> str:
    if not view.holdable:
        return f"<h2>{say('now_holdable')}</h2><p>{say(nothing_more(view))}</p>"
    cards = "".join(_card(view, party) for party in view.holdable[:CARDS])
    return f"""<h2>{say("now_holdable")}</h2><p>{say("holdable_lead")}</p><ol class="hold">{cards}</ol>{_rest(view)}"""


def _rest(view: TraceView) -> str:
    """Return the accounts beyond the first cards as a table that opens at a click."""
    rest = view.holdable[CARDS:]
    if not rest:
        return ""
    columns = ("first", "account", "bank", "holdable", "since", "orders")
    rows = [
        (party.rank, party.name, party.bank, money(party.parts["holdable"], view.currency),
         moment(party.since, view.ahead), _orders(view, party))
        for party in rest
    ]  # fmt: skip
    sums = money(sum(party.parts["holdable"] for party in rest), view.currency)
    head = say("more", n=str(len(rest)), amount=sums)
    return f"<details><summary>{head}</summary>{table(columns, rows, ('holdable',))}</details>"


def _card(view: TraceView, party: Party) -> str:
    rank = f'<span class="rank">{party.rank}</span>' if party.rank is not None else ""
    sits = interval(party.low, party.high, view.currency)
    return f"""<li>{rank}<span class="much">{money(party.parts["holdable"], view.currency)}</span>
<div>{escape(party.name)} · {escape(party.bank)}</div>
<div class="soft">{say("sits")} {sits}<br>{say("since")} {moment(party.since, view.ahead)}</div>
<div>{_orders(view, party)}</div></li>"""


def _orders(view: TraceView, party: Party) -> Html:
    if party.essential:
        return chip(say("essential"), "sand")
    chips = (_order(view, order) for order in party.sums)
    return Html("".join(chips) or f'<span class="soft">{say("no_order")}</span>')


def _order(view: TraceView, order: OrderSum) -> Html:
    many = order.count > 1
    ends = say("first_until" if many else "until")
    until = "" if order.until is None else f" · {ends} {moment(order.until, view.ahead)}"
    alone = f" · {say('alone')}" if order.alone else ""
    number = f" · {say('count', n=str(order.count))}" if many else ""
    text = f"{say(order.word)} {money(order.amount, view.currency)}{number}: {say(order.state)}{alone}{until}"
    return chip(Html(text), STATES.get(order.state, "grey"))


def _picture(view: TraceView) -> str:
    marks = ("holdable", "held", "delayed", "untouched", "moved", "left", "returned")
    used = {part for part, amount in view.parts.items() if amount} | {"moved"}
    key = "".join(f'<li style="--tint:var(--{TINTS[part]})">{say(part)}</li>' for part in marks if part in used)
    return f"""<h2>{say("where")}</h2><figure><ul class="key">{key}</ul><div class="scroll">{flow_picture(view)}</div>
<figcaption>{say("picture_caption")}</figcaption></figure>"""


def _timeline(view: TraceView) -> str:
    return f"""<h2>{say("when")}</h2><figure><div class="scroll">{timeline(view)}</div>
<figcaption>{say("time_caption")}</figcaption></figure>"""


def _accounts(view: TraceView) -> str:
    columns = ("hop", "account", "bank", "since", "amount", "held", "holdable", "interval", "orders")
    accounts = sorted((p for p in view.parties if p.role == "account"), key=lambda p: (p.hop, p.since, p.key))
    rows = [
        (party.hop, party.name, party.bank, moment(party.since, view.ahead), _amount(view, party.traced),
         _amount(view, party.parts["held"]), _amount(view, party.parts["holdable"]), _bounds(view, party),
         _orders(view, party) if party.orders or party.essential else None)
        for party in accounts
    ]  # fmt: skip
    right = ("hop", "amount", "interval", "held", "holdable")
    return f"<h2>{say('all_accounts')}</h2>{table(columns, rows, right)}"


def _movements(view: TraceView) -> str:
    columns = ("at", "hop", "from", "to", "way", "amount", "traced", "interval")
    names = by_key(view.parties)
    rows = [_movement(view, flow, names) for flow in view.flows]
    right = ("hop", "amount", "traced", "interval")
    return f"<details><summary>{say('all_movements')} ({len(rows)})</summary>{table(columns, rows, right)}</details>"


def _movement(view: TraceView, flow: Flow, names: dict[int, Party]) -> tuple[object, ...]:
    tint = TINTS[flow.way]
    return (
        moment(flow.at, view.ahead), flow.hop, names[flow.src].name, names[flow.dst].name, chip(say(flow.way), tint),
        money(flow.amount, view.currency), money(flow.traced, view.currency),
        interval(flow.low, flow.high, view.currency),
    )  # fmt: skip


def _bounds(view: TraceView, party: Party) -> str | None:
    """Return from what to what a balance that is not known lets the amount be; nothing where it is exact."""
    exact = party.low == party.high == party.traced
    return None if exact or not party.high else interval(party.low, party.high, view.currency)


def _amount(view: TraceView, amount: int) -> str | None:
    return money(amount, view.currency) if amount else None


def _notes(view: TraceView) -> str:
    reached = str(view.reached)
    english, chinese = ({"method": word(view.method), "reached": reached} for word in (en, zh))
    notes = [told("method_note", english, chinese)]
    notes += [] if view.complete else [say("cut")]
    notes += [say("alleged", amount=money(view.alleged, view.currency))] if view.alleged and view.found else []
    return "<footer>" + "".join(f"<p>{text}</p>" for text in notes) + "</footer>"
