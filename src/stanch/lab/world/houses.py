"""The houses that hold accounts, banks and payment firms: how each tells us of payments, and how it answers orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from stanch.lab.world.clock import START, Ints, past
from stanch.lab.world.diary import Diary, Rows, Values
from stanch.lab.world.institutions import BANKS, PAYMENT_FIRMS, Institutions
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import Numbers
from stanch.lab.world.parameters import InstitutionParameters, Parameters
from stanch.model.errors import ConfigError
from stanch.model.time import MINUTE

#: What lies on the account through which a payment firm passes money on, in minor units.
_FLOAT: Final = 50_000_000
#: The lines of a file that comes every few minutes are this much closer together than what they tell of.
_PRESSED: Final = 64


@dataclass(frozen=True, slots=True)
class Houses:
    """Banks and payment firms. ``through`` and ``firm`` have one row per payment firm."""

    ways: dict[str, InstitutionParameters]
    period: Ints  #: by word of the house: microseconds between its files, 0 if it asks us before it pays
    through: Ints  #: accounts through which payment firms pass money on
    company: Ints  #: in whose name they are
    firm: Ints  #: words of the payment firms

    def told_at(self, source: Values, happened: Ints) -> Ints:
        """Return when we learn of payments: at once from houses that ask us, else with the house's next file."""
        period = np.broadcast_to(self.period[np.asarray(source)], happened.shape)
        length = np.maximum(period, 1)
        file = (happened // length + 1) * length + happened % length // _PRESSED
        return np.where(period > 0, file, happened)


def make_houses(p: Parameters, names: Names, numbers: Numbers) -> Houses:
    """Make the houses as the parameters say. Raises ConfigError if one is missing or unknown."""
    if set(p.institutions) != {*BANKS, *PAYMENT_FIRMS}:
        known = ", ".join((*BANKS, *PAYMENT_FIRMS))
        raise ConfigError(f"institutions {', '.join(p.institutions)}: the parameters must name exactly {known}")
    words = names.words(list(p.institutions))
    period = np.zeros(int(words.max()) + 1, dtype=np.int64)
    period[words] = [0 if one.asks else one.told_minutes * MINUTE for one in p.institutions.values()]
    through = [names.one("account", numbers.accounts(firm, 1)[0]) for firm in PAYMENT_FIRMS]
    return Houses(
        p.institutions, period, np.asarray(through, dtype=np.int64), names.add("company", list(PAYMENT_FIRMS)),
        names.words(PAYMENT_FIRMS),
    )  # fmt: skip


def register_houses(diary: Diary, rng: np.random.Generator, houses: Houses, firms: Institutions) -> None:
    """Write down which institutions are banks and payment firms, and the accounts that pass money on."""
    for detail, sort in (("bank", BANKS), ("payment_firm", PAYMENT_FIRMS)):
        listed = np.asarray([firms.houses[name] for name in sort], dtype=np.int64)
        diary.note("listed", past(rng, len(listed), 900, 1500), dst=listed, detail=detail, source="registry")
    app = np.asarray([firms.branches[name][0] for name in PAYMENT_FIRMS], dtype=np.int64)
    opened = past(rng, len(app), 900, 1500)
    diary.note("account_opened", opened, src=app, dst=houses.through, holder=houses.company, channel="app",
               source=houses.firm)  # fmt: skip
    for detail in ("pass_through", "known_business"):
        diary.note("listed", opened + MINUTE, dst=houses.through, detail=detail, source="registry")
    told = np.full(len(app), START - 5 * MINUTE, dtype=np.int64)
    diary.note("balance", told, src=houses.through, amount=_FLOAT, currency="CNY", source=houses.firm)


def told_balances(rows: Rows, houses: Houses, names: Names) -> Rows:
    """Return the register without the balances of houses that tell none."""
    silent = names.words([name for name, way in houses.ways.items() if not way.balances])
    kept = (rows["kind"] != names.word("balance")) | ~np.isin(rows["source"], silent)
    return {name: values[kept] for name, values in rows.items()}


def houses_record(houses: Houses, names: Names, firms: Institutions) -> list[dict[str, object]]:
    """Return the houses for the truth: source, entity, account that passes money on, and how they work."""
    through = dict(zip(PAYMENT_FIRMS, map(names.spelled, houses.through.tolist()), strict=True))
    return [
        {"source": name, "institution": names.spelled(firms.houses[name]), "pass_through": through.get(name)}
        | msgspec.to_builtins(way)
        for name, way in houses.ways.items()
    ]
