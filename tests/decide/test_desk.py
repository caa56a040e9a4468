from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.decide.desk import Case, Desk, combined
from stanch.decide.policy import MACHINE_STEPS, PAYMENTS, Clause, Policy
from stanch.engine.rules import load_rules
from stanch.model.columns import INDEX, NULL
from stanch.model.decisions import LADDERS, Finding
from stanch.model.time import DAY, HOUR

POLICY: Policy = load_rules().policy
CLAUSES = {clause.id: clause for clause in (*POLICY.vulnerable, *POLICY.essential)}


def finding(score: float, side: str = "control", family: str = "a", typology: str = "t", subject: int = 1) -> Finding:
    return Finding(typology, "src", subject, side, family, score, {}, True)


def values(at: int, amount: int | None = 1000) -> npt.NDArray[np.int64]:
    row = np.full(len(INDEX), NULL, dtype=np.int64)
    row[INDEX["as_of"]] = at
    row[INDEX["amount"]] = NULL if amount is None else amount
    return row


def case(findings: Sequence[Finding], at: int = 0, kind: str = "transfer", clauses: Sequence[Clause] = ()) -> Case:
    return Case(0, values(at), kind, "e", findings, clauses)


def test_families_count_as_independent_evidence_and_a_family_only_once() -> None:
    assert combined([]) == 0.0
    assert combined([finding(0.5)]) == pytest.approx(0.5)
    assert combined([finding(0.5), finding(0.4)]) == pytest.approx(0.5)
    assert combined([finding(0.5), finding(0.4, family="b")]) == pytest.approx(0.7)


scores = st.floats(0.01, 1.0)
findings = st.lists(
    st.builds(
        finding,
        score=scores,
        side=st.sampled_from(("protect", "control")),
        family=st.sampled_from(("a", "b", "c")),
        typology=st.sampled_from(("t", "u", "v")),
        subject=st.integers(1, 3),
    ),
    min_size=1,
    max_size=5,
)
times = st.lists(st.integers(0, 40 * HOUR), min_size=1, max_size=8).map(sorted)


@settings(max_examples=200, deadline=None)
@given(each=findings)
def test_the_order_of_findings_changes_no_score_and_more_evidence_never_lowers_it(each: list[Finding]) -> None:
    assert combined(each) == combined(each[::-1])
    assert combined(each) >= combined(each[:-1]) - 1e-12
    assert 0 < combined(each) <= 1


@settings(max_examples=300, deadline=None)
@given(
    rounds=st.lists(
        st.tuples(findings, st.sampled_from(sorted(POLICY.steps)), st.sets(st.sampled_from(sorted(CLAUSES)))),
        max_size=6,
    )
)
def test_whatever_was_found_the_machine_never_holds_or_restricts_and_never_delays_beyond_the_limit(
    rounds: list[tuple[list[Finding], str, set[str]]],
) -> None:
    desk = Desk(POLICY)
    for at, (found, kind, met) in enumerate(rounds):
        decision = desk.decide(case(found, at * HOUR, kind, [CLAUSES[name] for name in sorted(met)]))
        assert {decision.action, *decision.steps} <= {"allow", *MACHINE_STEPS}
        assert set(decision.proposed).isdisjoint(MACHINE_STEPS)
        if decision.until is not None:
            assert kind in PAYMENTS
            assert at * HOUR < decision.until <= at * HOUR + POLICY.delay
        if decision.exempt:
            assert set(decision.steps) <= {"inform"}
            assert decision.proposed == ()
            assert decision.until is None


@pytest.mark.parametrize("side", LADDERS)
def test_the_step_taken_is_the_least_that_the_score_needs(side: str) -> None:
    steps = [step for step in POLICY.steps["transfer"][side] if step in MACHINE_STEPS]
    for step in steps:
        needed = POLICY.from_score[step]
        assert Desk(POLICY).decide(case([finding(needed, side)])).steps == (step,)
        below = Desk(POLICY).decide(case([finding(needed - 0.01, side)])).steps
        assert below == tuple(steps[: steps.index(step)][-1:])


def test_the_decision_says_why_the_step_below_was_not_enough() -> None:
    decision = Desk(POLICY).decide(case([finding(0.5, "protect")]))
    assert decision.why_not_lower == "warn: inform is enough only below 0.45, the score is 0.50"


def test_both_sides_act_for_themselves_and_the_strictest_step_answers() -> None:
    decision = Desk(POLICY).decide(case([finding(0.5, "protect"), finding(0.5, "control")]))
    assert decision.steps == ("warn", "delay")
    assert decision.action == "delay"
    assert decision.until == POLICY.delay


def test_steps_above_the_machines_are_proposed_to_a_person() -> None:
    decision = Desk(POLICY).decide(case([finding(0.9, "control")]))
    assert (decision.steps, decision.proposed) == (("delay",), ("hold_part", "hold"))


def test_a_vulnerable_payer_is_warned_earlier_but_not_treated_harder_as_a_suspect() -> None:
    elderly = [CLAUSES["elderly"]]
    assert Desk(POLICY).decide(case([finding(0.31, "protect")], clauses=elderly)).steps == ("warn",)
    assert Desk(POLICY).decide(case([finding(0.36, "control")], clauses=elderly)).steps == ()


def test_a_condition_that_stays_true_does_not_warn_again_until_it_was_quiet() -> None:
    desk = Desk(POLICY)
    steps = [desk.decide(case([finding(0.5, "protect")], at)).steps for at in (0, HOUR, 20 * HOUR)]
    assert steps == [("warn",), (), ()]
    assert desk.decide(case([finding(0.5, "protect")], 20 * HOUR + POLICY.quiet)).steps == ()
    assert desk.decide(case([finding(0.5, "protect")], 20 * HOUR + 2 * POLICY.quiet + 1)).steps == ("warn",)


def test_an_open_episode_still_allows_a_stricter_step() -> None:
    desk = Desk(POLICY)
    assert desk.decide(case([finding(0.5, "protect")])).steps == ("warn",)
    assert desk.decide(case([finding(0.7, "protect")], HOUR)).steps == ("confirm",)


def test_every_payment_of_an_open_episode_waits_for_itself() -> None:
    desk = Desk(POLICY)
    ends = [desk.decide(case([finding(0.6)], at)).until for at in (0, HOUR)]
    assert ends == [DAY, HOUR + DAY]


@settings(max_examples=100, deadline=None)
@given(found=findings, moments=times, cut=st.integers(0, 8))
def test_a_desk_that_was_saved_and_loaded_decides_as_one_that_went_on(
    found: list[Finding], moments: list[int], cut: int
) -> None:
    straight, broken = Desk(POLICY), Desk(POLICY)
    for number, at in enumerate(moments):
        if number == cut:
            loaded = Desk(POLICY)
            loaded.load(broken.save())
            broken = loaded
        assert straight.decide(case(found, at)) == broken.decide(case(found, at))


def test_a_payment_without_a_known_amount_is_not_made_to_wait() -> None:
    nothing = replace(case([finding(0.6)]), values=values(0, None))
    assert Desk(POLICY).decide(nothing).until is None
