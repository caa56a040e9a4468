"""Opening: a home is opened, or made, under the rules it is to have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stanch.engine.home import Home
from stanch.engine.rules import Rules, load_model, load_rules, read_rules, with_model
from stanch.model.errors import ConfigError, StoreError
from stanch.store.keys import open_keys
from stanch.store.records import Records
from stanch.store.rule_rows import rule_acts_of


def open_home(
    path: Path,
    *,
    keys: Path | None = None,
    policy: Path | None = None,
    typologies: Path | None = None,
    model: Path | None = None,
) -> Home:
    """Open a home, or make one. Without a policy the rules last in force go on; in a new home the shipped ones.

    A ``model`` joins these rules, and takes the place of one for the same kind of events.

    Raises ConfigError for wrong keys or rules, StoreError where the folder cannot be written or is open elsewhere.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}; name a folder that can be written") from None
    ring = open_keys(path, keys)
    records = Records.open(path)
    try:
        stored = records.policies()
        goes_on = policy is None and typologies is None and stored
        rules = read_rules(stored[-1].body) if goes_on else load_rules(policy, typologies)
        rules = rules if model is None else with_model(rules, load_model(model))
        if stored and rule_acts_of(records):
            _check_agreed(read_rules(stored[-1].body), rules)
        return Home(path, ring, records, rules)
    except BaseException:
        records.close()
        raise


def _check_agreed(live: Rules, given: Rules) -> None:
    """Refuse other rules in a home where people propose and approve them. Raises ConfigError."""
    if replace(given, text="").hash != replace(live, text="").hash:
        raise ConfigError(
            "the rules of this home change by a proposal and another person's approval: use stanch rules propose; "
            "without --policy and --model it opens with those in force"
        )
