"""The line's thread between two groups: what is asked of it, what fails, and the home opened again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from other_rules import other_policy
from small_events import MORNING, fan_in, write_events
from stanch.api.line_thread import LineThread
from stanch.api.logs import Log
from stanch.api.queue import Waiting
from stanch.api.serve import Opener
from stanch.api.settings import Settings
from stanch.engine.asked import Answer, Asked, answer_of, ask
from stanch.engine.changes import Said, approve, propose
from stanch.engine.home import Home
from stanch.engine.replay import replay
from stanch.engine.rules import changed_rules
from stanch.model.errors import ConfigError, StanchError

ANNA, BO = Said("Anna", MORNING, "fewer delays"), Said("Bo", MORNING)


@contextmanager
def running(settings: Settings) -> Iterator[LineThread]:
    line, loop = LineThread(Opener(settings), Waiting(10), settings, Log("error")), asyncio.new_event_loop()
    line.start(loop)
    try:
        yield line
    finally:
        line.stop()
        loop.close()


def asked_until_ready(line: LineThread, question: Callable[[Home], int]) -> int:
    """Ask again while the home is being opened."""
    for _ in range(100):
        try:
            return line.ask(question).result(60)
        except StanchError as error:
            assert "starts or stops" in str(error)
    raise AssertionError("the line was never ready again")


def begun(settings: Settings, folder: Path) -> None:
    with Opener(settings)() as home:
        replay(home, [write_events(folder / "events.parquet", fan_in())])


def test_a_question_that_fails_is_told_and_the_line_goes_on(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path / "home"), clock="events")
    begun(settings, tmp_path)
    with running(settings) as line:
        last = line.ask(lambda home: home.records.last_seq()).result(60)
        failed, after = line.ask(lambda home: home.records.last_seq() // 0), line.ask(lambda home: 1)
        with pytest.raises(ZeroDivisionError):
            failed.result(60)
        with pytest.raises(StanchError, match="starts or stops"):
            after.result(60)
        assert asked_until_ready(line, lambda home: home.records.last_seq()) == last
    assert line.failed is None


def test_what_other_processes_ask_is_done_while_nothing_comes(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path / "home"), clock="events")
    begun(settings, tmp_path)
    with running(settings) as line:
        live = line.ask(lambda home: home.rules).result(60)
        rules = changed_rules(live, other_policy(tmp_path, ("delay: 0.5", "delay: 0.45")))
        home = tmp_path / "home"
        for said in (
            Asked("propose", "Anna", MORNING, "more delays", body=rules.body()),
            Asked("approve", "Bo", MORNING, "", rules.hash),
        ):
            assert answer_of(ask(home, said), 60) == Answer(rules.hash)
        assert line.ask(lambda home: home.rules.hash).result(60) == rules.hash


def test_a_home_opened_again_has_the_rules_that_people_agreed_on(tmp_path: Path) -> None:
    mine = other_policy(tmp_path / "mine", ("id: start", "id: mine"))
    settings = Settings(home=str(tmp_path / "home"), clock="events", policy=str(mine))
    begun(settings, tmp_path)
    opener = Opener(settings)
    with opener() as home:
        rules = changed_rules(home.rules, other_policy(tmp_path, ("delay: 0.5", "delay: 0.45")))
        propose(home, rules, ANNA)
    with opener() as home:
        assert home.rules.policy.id == "mine"
        approve(home, rules.hash, BO)
    with opener() as home:
        assert home.rules.hash == rules.hash
    with pytest.raises(ConfigError, match="stanch rules propose"):
        Opener(settings)()
