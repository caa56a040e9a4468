"""Rules change by two people: one proposes, another approves; the log tells who, why and from where on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from engine.conftest import Begun
from other_rules import other_policy, other_typologies
from small_events import MORNING, fan_in, write_events
from stanch.engine.changes import Said, approve, propose, roll_back
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.rules import Rules, changed_rules
from stanch.engine.versions import listed
from stanch.model.columns import INDEX
from stanch.model.errors import ConfigError, InputError
from stanch.store.keys import make_keys
from stanch.store.rule_rows import rule_acts_of


def said(by: str, reason: str = "because") -> Said:
    return Said(by, MORNING, reason)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_home(tmp_path / "home") as opened:
        replay(opened, [write_events(tmp_path / "1.parquet", fan_in())])
        yield opened


@pytest.fixture
def stricter(home: Home, tmp_path: Path) -> Rules:
    return changed_rules(home.rules, other_policy(tmp_path, ("delay: 0.5", "delay: 0.45")))


def kinds(home: Home) -> list[str]:
    """The kinds of events that stand in the log, our own acts among them."""
    home.finish()
    codes = [int(row[INDEX["kind"]]) for block in home.records.blocks() for row in block.block.matrix()]
    return [word for code in codes if (word := home.line.names.words.word(code)) not in ("transfer", None)]


def test_a_proposal_decides_nothing_yet(home: Home, stricter: Rules) -> None:
    before = home.rules.hash
    assert propose(home, stricter, said("Anna")) == stricter.hash
    assert home.rules.hash == before
    assert kinds(home)[-1] == "rules_proposed"


def test_an_approval_by_another_person_is_followed_by_the_change_in_one_commit(home: Home, stricter: Rules) -> None:
    propose(home, stricter, said("Anna"))
    approve(home, stricter.hash[:12], said("Bo"))
    assert home.rules.hash == stricter.hash
    assert kinds(home)[-3:] == ["rules_proposed", "rules_approved", "policy_changed"]
    last = list(home.records.blocks())[-1]
    assert (last.block.events, last.policy) == (2, stricter.hash)
    assert home.records.policies()[-1].activated_seq == last.last_seq


@pytest.mark.parametrize("same", ["Li Na", "li na", "LI  NA", "Lí Na", "Na, Li", "ＬＩ ＮＡ", "Li-Na", "LiNa", "Lі Nа"])
def test_nobody_approves_what_he_proposed_however_he_writes_his_name(home: Home, stricter: Rules, same: str) -> None:
    propose(home, stricter, said("Li Na"))
    with pytest.raises(InputError, match="same person"):
        approve(home, stricter.hash, said(same))
    assert home.rules.hash != stricter.hash
    assert kinds(home)[-1] == "rules_proposed"


def test_the_table_itself_refuses_one_person_twice(home: Home, stricter: Rules) -> None:
    propose(home, stricter, said("Anna"))
    row = rule_acts_of(home.records)[-1]
    values = (10_000, "rules_approved", row.hash, row.person, 1, "", row.replaces, row.person)
    connection = home.records._open_connection()
    with pytest.raises(IntegrityError, match="two_people"), connection.begin():
        connection.exec_driver_sql("INSERT INTO rule_acts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def test_an_approval_names_a_version_that_waits(home: Home, stricter: Rules) -> None:
    with pytest.raises(InputError, match="no version"):
        approve(home, stricter.hash, said("Bo"))
    propose(home, stricter, said("Anna"))
    with pytest.raises(InputError, match="12 digits"):
        approve(home, stricter.hash[:6], said("Bo"))
    approve(home, stricter.hash, said("Bo"))
    with pytest.raises(InputError, match="not waiting"):
        approve(home, stricter.hash, said("Chen"))


def test_a_proposal_that_was_overtaken_is_proposed_again(home: Home, stricter: Rules, tmp_path: Path) -> None:
    first = home.rules
    milder = changed_rules(first, other_policy(tmp_path, ("delay: 0.5", "delay: 0.55")))
    propose(home, stricter, said("Anna"))
    propose(home, milder, said("Chen"))
    approve(home, stricter.hash, said("Bo"))
    with pytest.raises(InputError, match="propose it again"):
        approve(home, milder.hash, said("Bo"))
    propose(home, milder, said("Chen"))
    approve(home, milder.hash, said("Bo"))
    assert home.rules.hash == milder.hash
    states = {line.version: line.state for line in listed(home.records, bytes.hex)}
    assert states == {first.hash: "former", stricter.hash: "former", milder.hash: "in force"}


def test_a_proposal_needs_a_reason_and_a_change(home: Home, stricter: Rules) -> None:
    with pytest.raises(InputError, match="--reason"):
        propose(home, stricter, said("Anna", " "))
    with pytest.raises(InputError, match="decides already"):
        propose(home, home.rules, said("Anna"))
    propose(home, stricter, said("Anna"))
    with pytest.raises(InputError, match="proposed already"):
        propose(home, stricter, said("Chen"))
    with pytest.raises(InputError, match="names nobody"):
        approve(home, stricter.hash, said(" - "))


def test_one_person_goes_back_but_only_to_what_decided_before(home: Home, stricter: Rules) -> None:
    first = home.rules.hash
    propose(home, stricter, said("Anna"))
    with pytest.raises(InputError, match="never decided"):
        roll_back(home, stricter.hash, said("Anna"))
    approve(home, stricter.hash, said("Bo"))
    with pytest.raises(InputError, match="with a reason"):
        roll_back(home, first, said("Anna", ""))
    roll_back(home, first, said("Anna", "too many delays"))
    assert home.rules.hash == first
    assert kinds(home)[-2:] == ["rules_rolled_back", "policy_changed"]
    with pytest.raises(InputError, match="decides now"):
        roll_back(home, first, said("Anna"))


def test_a_home_whose_rules_two_people_agreed_on_opens_with_no_others(
    home: Home, stricter: Rules, tmp_path: Path
) -> None:
    propose(home, stricter, said("Anna"))
    home.close()
    with pytest.raises(ConfigError, match="another person's approval"):
        open_home(home.path, policy=other_policy(tmp_path, ("delay: 0.5", "delay: 0.49")))


def test_a_home_without_a_log_has_nothing_to_change(tmp_path: Path) -> None:
    with open_home(tmp_path / "new") as opened, pytest.raises(InputError, match="nothing is in this log"):
        rules = changed_rules(opened.rules, other_policy(tmp_path, ("delay: 0.5", "delay: 0.45")))
        propose(opened, rules, said("Anna"))


def test_everything_wrong_with_a_policy_and_a_folder_is_told_at_once(home: Home, tmp_path: Path) -> None:
    policy = other_policy(
        tmp_path, ("warn: 0.45", "warn: 7"), ("quiet: 24h", "quiet: long"), ("delay: 24h", "delay: 9d")
    )
    folder = other_typologies(tmp_path)
    (folder / "finance/fan_out.yaml").write_text("id: finance.fan_out\n", "utf-8")
    (folder / "data/wrong.yaml").write_text("[", "utf-8")
    with pytest.raises(ConfigError) as error:
        changed_rules(home.rules, policy, folder)
    told = str(error.value).splitlines()
    assert len(told) == 5
    for words in (
        "policy.yaml: not a duration: 'long'",
        "policy.yaml: delay 9d",
        "from_score",
        "fan_out",
        "wrong.yaml",
    ):
        assert sum(words in line for line in told) == 1, told


def test_the_list_tells_who_when_and_why_and_names_only_by_the_vault(home: Home, stricter: Rules) -> None:
    propose(home, stricter, said("Anna Berg", "fewer losses"))
    line = next(each for each in listed(home.records, bytes.hex) if each.version == stricter.hash)
    act = line.acts[0]
    assert (line.state, act.kind, act.reason, act.at) == (
        "proposed",
        "rules_proposed",
        "fewer losses",
        "2026-03-02 02:00",
    )
    assert "anna" not in act.by
    name = home.vault.open(bytes.fromhex(act.by), "accountability", "auditor", MORNING).normalised
    assert name == "staff/annaberg"


def test_a_log_of_an_earlier_release_keeps_its_codes(begun: Begun, another: Callable[[str], Path]) -> None:
    """Kinds that came later get codes after the words that the log has: none of those moves."""
    with open_home(another("home"), keys=begun.keys) as opened:
        words = [word for block in opened.records.blocks() for word in block.block.new_symbols]
        assert words.index("stanch") < words.index("rules_proposed")


def test_keys_are_needed_to_know_a_person_again(tmp_path: Path) -> None:
    from stanch.intake.staff import staff_member
    from stanch.store.keys import open_keys

    make_keys(tmp_path / "one.json")
    make_keys(tmp_path / "two.json")
    one, two = (open_keys(tmp_path / name, tmp_path / f"{name}.json").keys for name in ("one", "two"))
    assert staff_member("Anna", one).pseudonym == staff_member("ANNA", one).pseudonym
    assert staff_member("Anna", one).pseudonym != staff_member("Anna", two).pseudonym
    assert staff_member("Anna", one).pseudonym != staff_member("Bo", one).pseudonym
