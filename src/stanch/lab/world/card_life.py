"""What an operator does about ordinary cards: it verifies holders again, and limits cards until that is done."""

from __future__ import annotations

import numpy as np

from stanch.lab.world.clock import Ints, moments
from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary
from stanch.lab.world.institutions import DESKS, OPERATORS
from stanch.model.time import HOUR

#: How long after a failed verification the card is limited, and how long until the holder comes again (hours).
_LIMITED, _COMES = (3, 30), (6, 60)


def write_card_life(c: Country, diary: Diary, day: int) -> None:
    """Write down who was verified again today; those whose papers did not do are limited, and come again."""
    rng, cards, life = c.chance("card life", day), c.has.cards, c.parameters.telecom.life
    rows = np.flatnonzero(rng.random(len(cards)) < life.recertified)
    when = moments(rng, day, len(rows), "shop")
    failed = rng.random(len(rows)) < life.failed
    holders = c.people.code[cards.holder[rows]]
    diary.note("recertified", when[~failed], dst=cards.code[rows[~failed]], holder=holders[~failed], detail="passed",
               source=cards.source[rows[~failed]])  # fmt: skip
    limited, codes, source = rows[failed], cards.code[rows[failed]], cards.source[rows[failed]]
    diary.note("recertified", when[failed], dst=codes, detail="failed", source=source)
    until = when[failed] + rng.integers(*_LIMITED, len(limited)) * HOUR
    diary.note("card_restricted", until, src=_who_limits(c, rng, source), dst=codes, source=source)
    diary.note("recertified", until + rng.integers(*_COMES, len(limited)) * HOUR, dst=codes, holder=holders[failed],
               detail="passed", source=source)  # fmt: skip


def _who_limits(c: Country, rng: np.random.Generator, operators: Ints) -> Ints:
    """Return who decided on each limit, by the operators (words) of the cards."""
    chosen = np.empty(len(operators), dtype=np.int64)
    for name in OPERATORS:
        mine = np.flatnonzero(operators == c.names.word(name))
        chosen[mine] = deciders(c, rng, name, len(mine))
    return chosen


def deciders(c: Country, rng: np.random.Generator, operator: str, count: int) -> Ints:
    """Return who decides that cards are limited: clerks of the operator, else officers of the police."""
    clerks = c.firms.clerks
    own = clerks.code[clerks.desk == list(DESKS).index(operator)] if operator in DESKS else clerks.code[:0]
    return rng.choice(own if len(own) else c.authorities.officials["police"], count)
