from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from cases.example import example
from stanch.cases.flow_picture import flow_picture
from stanch.cases.layout import EXITS_ALONE, STREAMS, TURNED, Stream, lay_out
from stanch.cases.markup import lasting
from stanch.cases.timeline import timeline
from stanch.cases.trace_page import CARDS, trace_page
from stanch.cases.trace_text import trace_lines
from stanch.cases.view import EXITS, PARTS, Flow, OrderLine, Party, TraceView
from stanch.cases.words import WORDS
from stanch.graph.trace import METHODS, WAYS
from stanch.model.time import DAY, HOUR, MINUTE, SECOND

EMPTY = structs.replace(example(), parties=(), flows=(), reported=0, alleged=5, returned=0, reached=0)


class Balanced(HTMLParser):
    """Whether every element that opens closes again in its place."""

    void = ("meta", "input", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@st.composite
def views(draw: st.DrawFn) -> TraceView:
    """Movements between a few accounts, forth and back, and out of them."""
    keys = st.integers(1, 7)
    parties = [Party(0, "victim", "v"), Party(8, "exit", "e")]
    parties += [Party(key, "account", str(key), hop=draw(st.integers(1, 4)), traced=draw(st.integers(0, 10**6)))
                for key in range(1, 8)]  # fmt: skip
    flows = []
    for _ in range(draw(st.integers(0, 15))):
        way = draw(st.sampled_from(WAYS))
        dst = 8 if way in EXITS else draw(keys)
        src = 0 if way not in EXITS and draw(st.booleans()) else draw(keys)
        amount = draw(st.integers(1, 10**9))
        flows.append(Flow(src, dst, draw(st.integers(0, DAY)), 1, way, amount, amount, 0, amount))
    return structs.replace(example(), parties=tuple(parties), flows=tuple(flows))


@pytest.mark.parametrize("view", [example(), example("zh"), EMPTY])
def test_the_page_is_whole_and_needs_nothing_from_elsewhere(view: TraceView) -> None:
    page = trace_page(view)
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert not re.search(r"https?:|<script|@import|<link|\bsrc=", page)


def test_what_can_still_be_held_stands_first() -> None:
    page = trace_page(example())
    assert "183,010.00 CNY can still be held" in page
    assert page.index("183,010.00 CNY") < page.index("What can still be held") < page.index("<svg")
    assert page.count('class="much"') == CARDS


def test_a_page_opens_in_the_readers_language_and_holds_both() -> None:
    page = trace_page(example("zh"))
    assert 'id="in-zh" checked' in page
    assert 'id="in-en" checked' not in page
    assert "还有 183,010.00 CNY 可以止付" in page
    assert "can still be held" in page


def test_a_trace_with_nothing_left_says_so() -> None:
    gone = [structs.replace(party, traced=0, low=0, high=0) for party in example().parties]
    page = trace_page(structs.replace(example(), parties=tuple(gone)))
    assert "Nothing can be held any more" in page
    assert "No account holds traced money any more" in page


def test_a_report_without_a_payment_says_what_to_check_and_draws_nothing() -> None:
    page = trace_page(EMPTY)
    assert "No payment was found for what was reported" in page
    assert "Check account, sum and time" in page
    assert "<svg" not in page
    assert page.count("0.05 CNY") == 2, "once in each language"
    assert trace_lines(EMPTY) == (trace_lines(EMPTY)[0],)


def test_orders_of_one_measure_and_state_are_one_line_with_their_sum_and_the_first_end() -> None:
    orders = tuple(OrderLine(f"o{n}", "freeze", "in_force", 100, 100, (9 - n) * DAY) for n in range(3))
    party = structs.replace(example().parties[2], orders=(*orders, OrderLine("o9", "stop", "drafted", 50)))
    assert [(each.measure, each.amount, each.count) for each in party.sums] == [("freeze", 300, 3), ("stop", 50, 1)]
    assert party.sums[0].until == 7 * DAY
    page = trace_page(structs.replace(example(), parties=(*example().parties[:2], party, *example().parties[3:])))
    assert "3 orders" in page
    assert page.count("3.00 CNY") >= 1


def test_a_draft_for_which_one_report_alone_speaks_says_so() -> None:
    drafts = tuple(OrderLine(f"o{n}", "stop", "drafted", 100, alone=n == 0) for n in range(3))
    party = structs.replace(example().parties[2], orders=drafts)
    assert [(each.amount, each.count, each.alone) for each in party.sums] == [(100, 1, True), (200, 2, False)]
    view = structs.replace(example(), parties=(*example().parties[:2], party, *example().parties[3:]))
    for told in (trace_page(view), "\n".join(trace_lines(view))):
        assert "ready for approval" in told
        assert "one report alone" in told
    assert "one report alone" not in trace_page(example())
    assert "one report alone" not in "\n".join(trace_lines(example()))


def test_many_reports_are_counted_and_long_masks_are_short() -> None:
    party = structs.replace(example().parties[2], name="account 6299***********4235")
    many = structs.replace(example(), reports=tuple(f"R-{n}" for n in range(70)),
                           parties=(*example().parties[:2], party, *example().parties[3:]))  # fmt: skip
    page = trace_page(many)
    assert "R-4 +65" in page
    assert "R-5" not in page.split("<main>")[1]
    assert "6299…4235" in page
    assert "***" not in page


def test_many_small_exits_are_one_box_and_no_money_is_lost_in_it() -> None:
    first = example().flows[0]
    exits = tuple(Party(100 + n, "exit", f"outlet {n}", hop=2) for n in range(30))
    flows = (first, *(Flow(first.dst, 100 + n, 5, 2, "cash", 1, 10 + n, 10 + n, 10 + n) for n in range(30)))
    view = structs.replace(example(), parties=(*example().parties, *exits), flows=flows)
    layout = lay_out(view)
    cash = [box for box in layout.boxes.values() if box.key[0] == "cash"]
    assert (len(cash), list(layout.others.values())) == (EXITS_ALONE + 1, [30 - EXITS_ALONE])
    assert sum(box.money for box in cash) == sum(flow.traced for flow in flows[1:])
    assert f"{30 - EXITS_ALONE} smaller ones" in flow_picture(view)
    assert "outlet 29" in flow_picture(view)


def test_reach_is_never_shown_as_an_amount_without_a_word() -> None:
    poison = structs.replace(example(), method="poison")
    assert "Poison shows reach" in trace_page(poison)
    assert "Poison shows reach" in trace_lines(poison)[1]
    assert "Poison shows reach" not in trace_page(example())


def test_minutes_have_room_on_the_timeline_although_days_went_by() -> None:
    first = example().flows[0]
    flows = tuple(structs.replace(first, at=n * 10 * MINUTE) for n in range(6))
    view = structs.replace(example(), flows=flows, reported_at=DAY, now=3 * DAY)
    places = [float(x) for x in re.findall(r'<circle cx="([0-9.]+)"', timeline(view))]
    assert all(b - a > 20 for a, b in pairwise(places))
    labels = re.findall(r'x="([0-9.]+)" y="(\d+)"', timeline(view).split('class="mark"', 1)[1].split("<g", 1)[0])
    assert len({y for _, y in labels}) == 2, "the words of report and now stand one above the other"


def test_a_name_cannot_become_markup() -> None:
    party = structs.replace(example().parties[2], name="<b>&", bank='"><script>')
    page = trace_page(structs.replace(example(), parties=(*example().parties[:2], party, *example().parties[3:])))
    assert "<script>" not in page
    assert "<b>&" not in page.replace("<b>&quot;", "")


def test_a_page_forbids_itself_to_run_or_load_anything() -> None:
    head = trace_page(example()).split("</head>")[0]
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', head)
    assert policy is not None
    assert policy[1].split("; ") == ["default-src 'none'", "style-src 'unsafe-inline'"]
    assert head.index(policy[0]) < head.index("<style>")


def test_what_is_alleged_stands_apart_and_a_cut_trace_says_so() -> None:
    page = trace_page(structs.replace(example(), complete=False))
    assert "A further 12,500.00 CNY were alleged" in page
    assert "cut short" in page


def test_the_parts_add_up_to_what_was_reported() -> None:
    view = example()
    assert sum(view.parts.values()) == view.reported
    assert tuple(view.parts) == PARTS


def test_an_essential_account_is_never_shown_as_holdable() -> None:
    assert not any(party.essential for party in example().holdable)


@given(
    amounts=st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100)),
    essential=st.booleans(),
)
def test_what_sits_in_an_account_is_split_without_loss(amounts: tuple[int, int, int, int], essential: bool) -> None:
    traced, low, held, delayed = amounts
    party = Party(1, "account", "a", traced=traced, low=low, high=traced, held=held, delayed=delayed,
                  essential=essential)  # fmt: skip
    assert sum(party.parts.values()) == traced
    assert min(party.parts.values()) >= 0
    assert party.parts["holdable"] <= max(low - held, 0)


@given(view=views())
@settings(deadline=None)
def test_no_two_boxes_of_a_column_touch_and_streams_stay_within_their_boxes(view: TraceView) -> None:
    layout = lay_out(view)
    boxes = sorted(layout.boxes.values(), key=lambda box: (box.layer, box.y))
    for above, below in pairwise(boxes):
        assert above.layer != below.layer or above.y + above.height < below.y
    for stream in layout.streams:
        assert _within(layout.boxes[stream.src].y, stream, stream.start)
        assert _within(layout.boxes[stream.dst].y, stream, stream.end)


def _within(top: float, stream: Stream, middle: float) -> bool:
    return middle - stream.width / 2 >= top - 1e-6


@given(view=views())
@settings(deadline=None, max_examples=30)
def test_every_picture_is_well_formed(view: TraceView) -> None:
    for picture in (flow_picture(view), timeline(view)):
        assert ElementTree.fromstring(picture).tag == "svg"  # noqa: S314 our own picture
        assert "nan" not in picture.lower().replace("unknown", "")


def test_every_way_and_method_and_state_has_a_word_in_both_languages() -> None:
    assert {*WAYS, *METHODS, *PARTS} <= set(WORDS)
    assert all(en and zh for en, zh in WORDS.values())


@pytest.mark.parametrize(
    ("micros", "told"),
    [(0, "0 min"), (40 * SECOND, "40 s"), (DAY + 4 * HOUR + 3 * MINUTE, "1 d 4 h"), (12 * MINUTE, "12 min")],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(micros: int, told: str) -> None:
    assert lasting(micros) == told


def test_a_length_of_time_is_told_in_chinese() -> None:
    assert lasting(DAY + 4 * HOUR, "zh") == "1 天 4 小时"


def test_a_picture_of_thousands_of_movements_shows_the_largest() -> None:
    parties = (Party(0, "victim", "v"), *(Party(key, "account", str(key), hop=1) for key in range(1, 2_001)))
    flows = tuple(Flow(0, key, key, 1, "transfer", key, key, key, key) for key in range(1, 2_001))
    layout = lay_out(structs.replace(example(), parties=parties, flows=flows))
    assert [stream.traced for stream in layout.streams] == list(range(2_000, 2_000 - STREAMS, -1))


def test_what_went_back_to_a_victim_ends_beside_where_it_left_from() -> None:
    first = example().flows[0]
    back = Flow(first.dst, first.src, first.at + DAY, 2, "returned", 900, 900, 900, 900)
    view = structs.replace(example(), flows=(*example().flows, back))
    ends = [box for box in lay_out(view).boxes.values() if box.key[0] == "returned"]
    assert {(box.key[1], box.layer) for box in ends} == {(first.src, 2)}
    assert sum(box.money for box in ends) == sum(flow.traced for flow in view.flows if flow.way == "returned")
    assert "returned" in flow_picture(view)


@settings(deadline=None, max_examples=60)
@given(view=views())
def test_a_stream_that_turns_back_stays_thin_and_inside(view: TraceView) -> None:
    layout = lay_out(view)
    for stream in layout.streams:
        if layout.boxes[stream.dst].layer <= layout.boxes[stream.src].layer:
            assert stream.width <= TURNED
            assert layout.height >= max(box.y + box.height for box in layout.boxes.values()) + TURNED
