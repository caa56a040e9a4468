from __future__ import annotations

from importlib.resources import files

import pytest

from stanch.decide.policy import MACHINE_STEPS, parse_policy, plain_policy, policy_from_plain
from stanch.model.errors import ConfigError

SHIPPED = (files("stanch.decide") / "start.yaml").read_text(encoding="utf-8")


def test_the_shipped_policy_survives_the_round_trip_through_plain_data() -> None:
    policy = parse_policy(SHIPPED, "start.yaml")
    again = policy_from_plain(plain_policy(policy), "again")
    assert again == policy
    assert again.hash == policy.hash


def test_the_hash_follows_the_content_and_not_the_comments() -> None:
    policy = parse_policy(SHIPPED, "start.yaml")
    assert parse_policy(SHIPPED + "\n# a remark\n", "remark").hash == policy.hash
    assert parse_policy(SHIPPED.replace("warn: 0.45", "warn: 0.46"), "other").hash != policy.hash


WRONG = [
    ("delay: 24h ", "delay: 96h ", "needs a person"),
    ("cooling_off: 2h ", "cooling_off: 48h ", "at most the delay"),
    ("quiet: 24h ", "quiet: a day ", "not a duration"),
    ("  delay: 0.5\n", "", "from_score.delay is missing"),
    ("  warn: 0.45", "  warn: 0.95", "must rise"),
    ("  inform: 0.3", "  inform: 0", r"within \(0, 1\]"),
    ("  inform: 0.3", "  inform: 0.3\n  scold: 0.4", "unknown step 'scold'"),
    ("transfer: {protect: [inform,", "transfers: {protect: [inform,", "unknown kind 'transfers'"),
    ("login: {protect:", "login: {punish:", "unknown side 'punish'"),
    ("post: {protect: [inform]", "post: {protect: [delay]", "unknown step 'delay'"),
    (
        "login: {protect: [inform, warn], control: [reverify,",
        "login: {protect: [inform, warn], control: [delay,",
        "no payment",
    ),
    ("birth_year > :born_after", "birth_yaer > :born_after", "birth_yaer"),
    ("urgent: 2h", "urgent: 25h", "at most takedown.term"),
    ("urgent_from: 0.6", "urgent_from: 0", "above 0 and at most 1"),
    ("id: start", "identity: start", "keys of a policy"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), WRONG)
def test_a_wrong_policy_is_refused_with_its_file_and_what_is_wrong(right: str, wrong: str, told: str) -> None:
    assert right in SHIPPED
    with pytest.raises(ConfigError, match=told) as refused:
        parse_policy(SHIPPED.replace(right, wrong, 1), "own.yaml")
    assert str(refused.value).startswith("own.yaml: ")


def test_no_step_above_a_short_delay_is_the_machines() -> None:
    assert {"hold_part", "hold", "restrict"}.isdisjoint(MACHINE_STEPS)
