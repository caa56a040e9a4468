"""Claims about the order book: who may, for how long, and when it ends."""

from __future__ import annotations

import msgspec
import pytest

from order_book import (
    ACCOUNT,
    BANK,
    CNY,
    HOLDER,
    LATER,
    POLICE,
    POLICE_HOUSE,
    START,
    approved,
    in_force,
    refused,
    shipped,
    step,
    want,
)  # fmt: skip
from stanch.decide.book import Book
from stanch.decide.orders import ANSWERS, OPEN, STATES, STEPS
from stanch.model.errors import ConfigError, InputError
from stanch.model.time import DAY, HOUR, MINUTE


@pytest.fixture
def book() -> Book:
    return Book(shipped("cn"))


def test_a_stop_is_drafted_approved_and_in_force_for_48_hours(book: Book) -> None:
    order = book.draft([want()], START)[0].order
    assert (order.state, order.until, book.held(ACCOUNT, CNY)) == ("drafted", None, 0)
    sent = approved(book, order.id, START + 5 * MINUTE)
    assert (sent.to, sent.power, sent.until) == ("approved", "police", START + 5 * MINUTE + 48 * HOUR)
    assert "86/2016" in sent.basis
    assert sent.objection
    held = step(book.answer(order.id, BANK, "in_force", 300, START + 9 * MINUTE))
    assert (held.to, held.order.held, held.order.amount) == ("in_force", 300, 300)
    assert book.held(ACCOUNT, CNY) == 300


def test_the_same_wants_again_draft_nothing(book: Book) -> None:
    wants = [want(), want(300, measure="query")]
    assert len(book.draft(wants, START)) == 2
    assert book.draft(wants, START + 1) == []
    approved(book, book.open_orders()[0].id, START + 2)
    assert book.draft(wants, START + 3) == []


def test_a_draft_follows_the_plan_and_what_was_approved_is_only_lowered(book: Book) -> None:
    order = book.draft([want(500)], START)[0].order
    assert [c.order.amount for c in book.draft([want(700)], START + 1)] == [700]
    approved(book, order.id, START + 2)
    more = book.draft([want(800)], START + 3)
    assert [(c.to, c.order.amount) for c in more] == [("drafted", 100)]
    less = book.draft([want(200)], START + 4)
    assert [(c.order.id == order.id, c.to, c.order.amount) for c in less] == [
        (True, "approved", 200),
        (False, "lapsed", 100),
    ]


def test_a_freeze_that_one_official_decided_on_is_not_raised_the_difference_waits(book: Book) -> None:
    order = book.draft([want(500, measure="freeze")], START)[0].order
    assert [c.order.amount for c in book.draft([want(550, measure="freeze")], START + 1)] == [550]
    approved(book, order.id, START + 2, 11)
    assert book.draft([want(600, measure="freeze")], START + 3) == []
    assert approved(book, order.id, START + 4, 12).order.amount == 550
    assert [c.order.amount for c in book.draft([want(600, measure="freeze")], START + 5)] == [50]


def test_one_official_is_not_four_eyes(book: Book) -> None:
    order = book.draft([want(measure="freeze")], START)[0].order
    assert approved(book, order.id, START + 1, 11).to == "drafted"
    assert refused(book.approve(order.id, 11, POLICE_HOUSE, POLICE, START + 2)) == "same_official"


def test_a_bank_cannot_take_the_power_of_the_police(book: Book) -> None:
    order = book.draft([want()], START)[0].order
    assert refused(book.approve(order.id, 5, BANK, frozenset({"bank"}), START)) == "not_their_power"
    assert refused(book.decline(order.id, 5, BANK, frozenset(), "no_reason", START)) == "not_their_power"


def test_an_answer_to_an_order_never_sent_has_no_effect(book: Book) -> None:
    order = book.draft([want()], START)[0].order
    assert refused(book.answer(order.id, BANK, "in_force", 500, START + 1)) == "not_sent"
    assert refused(book.answer("o1-1", BANK, "in_force", 500, START + 1)) == "unknown_order"
    approved(book, order.id, START + 2)
    assert refused(book.answer(order.id, BANK + 1, "in_force", 500, START + 3)) == "not_asked"
    assert refused(book.answer(order.id, BANK, "done", 500, START + 3)) == "no_such_answer"
    assert book.held(ACCOUNT, CNY) == 0


def test_the_same_answer_twice_is_one_step(book: Book) -> None:
    order = in_force(book, want())
    assert book.answer(order.id, BANK, "in_force", 500, LATER) is None
    assert book.answer(order.id, BANK, "in_force", 900, LATER) is None  # capped at what was ordered
    assert step(book.answer(order.id, BANK, "in_force", 400, LATER)).order.held == 400
    assert refused(book.answer(order.id, BANK, "refused", None, LATER)) == "ended"


def test_an_institution_that_holds_nothing_has_refused(book: Book) -> None:
    order = book.draft([want()], START)[0].order
    approved(book, order.id, START + 1)
    assert step(book.answer(order.id, BANK, "in_force", 0, START + 2)).to == "refused"
    assert book.draft([want()], START + 3) == [], "an institution is not asked the same twice"
    assert len(book.draft([want(reports=(1, 2))], START + 4)) == 1


def test_an_institution_that_holds_nothing_any_more_ends_the_hold(book: Book) -> None:
    order = in_force(book, want())
    assert step(book.answer(order.id, BANK, "in_force", 0, LATER)).to == "released"
    assert book.held(ACCOUNT, CNY) == 0


def test_silence_becomes_overdue_and_ends_with_the_term(book: Book) -> None:
    order = book.draft([want()], START)[0].order
    approved(book, order.id, START)
    assert book.next_end() == START + DAY
    assert book.tick(START + DAY - 1) == []
    assert [(c.to, c.reason) for c in book.tick(START + DAY)] == [("overdue", "no_answer")]
    assert [c.to for c in book.tick(START + 2 * DAY)] == ["expired"]
    assert refused(book.answer(order.id, BANK, "in_force", 500, START + 2 * DAY + 1)) == "ended"
    assert book.next_end() is None


def test_an_order_whose_time_is_up_is_over_however_late_the_clock_looks(book: Book) -> None:
    order = book.draft([want()], START)[0].order
    approved(book, order.id, START)
    assert [c.to for c in book.tick(START + 9 * DAY)] == ["expired"]


def test_an_order_whose_time_is_up_is_not_moved_before_the_clock_looks(book: Book) -> None:
    order = book.draft([want(500)], START)[0].order
    late = (approved(book, order.id, START).until or 0) + MINUTE
    assert refused(book.object(order.id, HOLDER, late)) == "nothing_to_object"
    assert [(c.to, c.reason) for c in book.draft([want(200)], late)] == [("expired", "time_is_up")]


def test_clearing_a_part_of_an_order_whose_time_is_up_ends_it(book: Book) -> None:
    order = book.draft([want(500, reports=(1, 2))], START)[0].order
    late = (approved(book, order.id, START).until or 0) + MINUTE
    assert [(c.to, c.reason) for c in book.clear(late, reports=[1])] == [("expired", "time_is_up")]


def test_money_paid_back_after_the_time_of_its_freeze_ends_the_freeze(book: Book) -> None:
    freeze = in_force(book, want(500, measure="freeze"), START, 11, 12)
    end = freeze.until or 0
    pay = book.draft([want(300, measure="return")], end - HOUR)[0].order
    approved(book, pay.id, end - MINUTE, 13, 14)
    late = end + MINUTE
    paid = step(book.answer(pay.id, BANK, "done", 300, late))
    assert [(c.order.measure, c.to) for c in paid.each()] == [("return", "done"), ("freeze", "expired")]


def test_a_draft_that_nobody_looks_at_lapses(book: Book) -> None:
    book.draft([want()], START)
    assert [(c.to, c.reason) for c in book.tick(START + DAY)] == [("lapsed", "not_decided")]


def test_a_hold_ends_by_itself_when_its_time_is_up(book: Book) -> None:
    order = in_force(book, want())
    assert book.next_end() == order.until
    assert [c.to for c in book.tick(order.until or 0)] == ["expired"]
    assert book.held(ACCOUNT, CNY) == 0
    assert book.draft([want()], (order.until or 0) + 1) == [], "no third term by the back door"


def test_a_stop_is_renewed_once_by_a_new_approval_and_not_early(book: Book) -> None:
    order = in_force(book, want())
    until = order.until or 0
    assert refused(book.approve(order.id, 12, POLICE_HOUSE, POLICE, START + HOUR)) == "too_soon"
    renewed = approved(book, order.id, START + 40 * HOUR, 12)
    assert (renewed.to, renewed.reason, renewed.until) == ("in_force", "renewed", until + 48 * HOUR)
    assert refused(book.approve(order.id, 11, POLICE_HOUSE, POLICE, until + 40 * HOUR)) == "no_more_terms"


def test_a_freeze_needs_two_officials_for_another_term_too(book: Book) -> None:
    order = in_force(book, want(measure="freeze"), START, 11, 12)
    at = START + 170 * DAY
    assert approved(book, order.id, at, 11).reason == "approved"
    assert refused(book.approve(order.id, 11, POLICE_HOUSE, POLICE, at + 1)) == "same_official"
    assert approved(book, order.id, at + 2, 12).order.renewals == 1


def test_a_freeze_replaces_the_stops_when_it_is_in_force(book: Book) -> None:
    stop = in_force(book, want(500, (1, 2), shares=(300, 200)))
    wanted = book.to_freeze(ACCOUNT, CNY)
    assert wanted is not None
    assert (wanted.amount, wanted.reports, wanted.shares) == (500, (1, 2), (300, 200))
    freeze = book.draft([wanted], LATER)[0].order
    assert freeze.follows == stop.id
    approved(book, freeze.id, LATER + 1, 11, 12)
    assert book.held(ACCOUNT, CNY) == 500
    change = step(book.answer(freeze.id, BANK, "in_force", 480, LATER + 2))
    assert [(c.order.measure, c.to) for c in change.each()] == [("freeze", "in_force"), ("stop", "replaced")]
    assert book.held(ACCOUNT, CNY) == 480
    assert book.to_freeze(ACCOUNT, CNY) is None


def test_clearing_the_only_report_releases_at_once(book: Book) -> None:
    order = in_force(book, want())
    drafted = book.draft([want(200)], LATER)
    changes = book.clear(LATER + 1, reports=[1])
    assert [(c.order.id, c.to, c.reason) for c in changes] == [
        (order.id, "released", "cleared"),
        (drafted[0].order.id, "lapsed", "cleared"),
    ]
    assert book.held(ACCOUNT, CNY) == 0
    assert book.draft([want()], LATER + 2) == []


def test_clearing_one_of_two_reports_lowers_by_its_part(book: Book) -> None:
    in_force(book, want(500, (1, 2), shares=(120, 380)))
    change = book.clear(LATER, reports=[1])[0]
    assert (change.to, change.order.amount, change.order.reports) == ("in_force", 380, (2,))
    assert book.held(ACCOUNT, CNY) == 380


def test_a_cleared_account_is_let_go_whatever_the_reports(book: Book) -> None:
    in_force(book, want(500, (1, 2)))
    assert [c.to for c in book.clear(LATER, accounts=[ACCOUNT])] == ["released"]
    assert book.draft([want(500, (1, 2))], LATER + 1) == []


def test_who_decided_cannot_hear_the_objection(book: Book) -> None:
    hold = in_force(book, want())
    change = step(book.object(hold.id, HOLDER, LATER))
    assert change.order.objection == LATER + 15 * DAY
    hearing = change.also[0].order
    assert (hearing.measure, hearing.follows, hearing.due) == ("release", hold.id, LATER + 15 * DAY)
    assert refused(book.approve(hearing.id, 11, POLICE_HOUSE, POLICE, LATER + 1)) == "decided_before"
    assert refused(book.decline(hearing.id, 11, POLICE_HOUSE, POLICE, "unfounded", LATER + 1)) == "decided_before"
    freed = approved(book, hearing.id, LATER + 2, 12)
    assert [(c.order.measure, c.to) for c in freed.each()] == [("release", "approved"), ("stop", "released")]
    assert book.held(ACCOUNT, CNY) == 0


def test_an_objection_is_noted_once_and_lapses_with_its_hold(book: Book) -> None:
    hold = in_force(book, want())
    hearing = step(book.object(hold.id, HOLDER, LATER)).also[0].order
    assert refused(book.object(hold.id, HOLDER, LATER)) == "objected_already"
    ended = book.tick(hold.until or 0)
    assert [(c.order.id, c.to) for change in ended for c in change.each()] == [
        (hold.id, "expired"),
        (hearing.id, "lapsed"),
    ]
    assert refused(book.object(hold.id, HOLDER, LATER + 30 * DAY)) == "nothing_to_object"


def test_an_objection_nobody_answers_stays_open_as_overdue(book: Book) -> None:
    hold = in_force(book, want(measure="freeze"), START, 11, 12)
    hearing = step(book.object(hold.id, HOLDER, LATER)).also[0].order
    assert [c.reason for c in book.tick(LATER + 15 * DAY)] == ["objection_unanswered"]
    assert [c.to for c in approved(book, hearing.id, LATER + 16 * DAY, 13).each()] == ["approved", "released"]
    assert step(book.answer(hearing.id, BANK, "done", None, LATER + 17 * DAY)).to == "done"


def test_money_goes_back_out_of_a_freeze_and_the_rest_stays(book: Book) -> None:
    hold = in_force(book, want(measure="freeze"), START, 11, 12)
    paid = book.draft([want(200, measure="return")], LATER)[0].order
    assert paid.follows == hold.id
    approved(book, paid.id, LATER + 1, 11, 12)
    done = step(book.answer(paid.id, BANK, "done", 200, LATER + 2))
    assert [(c.order.measure, c.to) for c in done.each()] == [("return", "done"), ("freeze", "in_force")]
    assert book.held(ACCOUNT, CNY) == 300


def test_the_same_return_wanted_again_is_not_taken_from_a_second_hold(book: Book) -> None:
    in_force(book, want(300))
    in_force(book, want(200, (2,)), LATER)
    back = want(100, (1, 2), "return")
    assert len(book.draft([back], LATER + HOUR)) == 1
    assert book.draft([back], LATER + HOUR) == []


def test_an_official_ends_a_hold_early(book: Book) -> None:
    order = in_force(book, want())
    ended = step(book.decline(order.id, 11, POLICE_HOUSE, POLICE, "mistaken_account", LATER))
    assert (ended.to, ended.reason, book.held(ACCOUNT, CNY)) == ("released", "mistaken_account", 0)


def test_what_an_official_declined_is_not_drafted_again_for_the_same_report(book: Book) -> None:
    order = book.draft([want()], START)[0].order
    assert step(book.decline(order.id, 11, POLICE_HOUSE, POLICE, "too_weak", START + 1)).to == "declined"
    assert book.draft([want(900)], START + 2) == []


def test_a_saved_book_goes_on_as_the_old_one(book: Book) -> None:
    in_force(book, want())
    book.draft([want(100)], LATER)
    book.clear(LATER, reports=[9])
    copy = Book(book.pack)
    copy.load(msgspec.json.decode(msgspec.json.encode(book.save())))
    assert copy.save() == book.save()
    assert copy.next_end() == book.next_end()
    assert copy.draft([want(150, (1, 2))], LATER) == book.draft([want(150, (1, 2))], LATER)


def test_a_measure_that_the_law_lacks_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="no term for 'stop'"):
        Book(shipped("uk")).draft([want()], START)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(want(measure="hold"), "unknown measure"), (want(reports=()), "no report"), (want(shares=(499,)), "add up")],
)
def test_a_want_that_cannot_be_is_refused(book: Book, wrong: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        book.draft([wrong], START)  # type: ignore[list-item]  # parametrised


def test_singapore_renews_a_restriction_five_times() -> None:
    book = Book(shipped("sg"))
    order = in_force(book, want())
    for turn in range(5):
        order = approved(book, order.id, START + (turn * 30 + 25) * DAY, 11 + turn % 2).order
    assert order.renewals == 5
    assert refused(book.approve(order.id, 11, POLICE_HOUSE, POLICE, START + 175 * DAY)) == "no_more_terms"


def test_every_state_has_its_steps_and_open_is_what_can_go_on() -> None:
    for measure, steps in STEPS.items():
        reached = {to for follow in steps.values() for to in follow}
        assert reached <= set(STATES)
        assert set(steps) - {""} <= set(OPEN)
        assert set(ANSWERS[measure].values()) <= set(steps["approved"])
