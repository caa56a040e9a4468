"""What is on trial at a home: begun and ended as its log says. Where it fails it ends, and the line goes on."""

from __future__ import annotations

from stanch.engine.arrivals import Arrivals
from stanch.engine.names import Names
from stanch.engine.rule_acts import failed_key, on_trial
from stanch.engine.rules import read_rules
from stanch.engine.shadows import Tried
from stanch.engine.trial import Trial, begin_trial
from stanch.model.errors import StanchError, StoreError
from stanch.store.records import Records
from stanch.store.rows import RuleActRow
from stanch.store.rule_rows import bodies_of, rule_acts_of


class OnTrial:
    """The rules that are on trial, if any. ``secret`` is that of the home's event ids."""

    def __init__(self, records: Records, secret: bytes) -> None:
        self.trial: Trial | None = None
        self._records = records
        self._secret = secret
        self._act: RuleActRow | None = None

    def watch(self, names: Names, live: str) -> None:
        """Begin or end a trial, as the log says; ``live`` are the rules in force. A beginning reads the log."""
        self._act = on_trial(rule_acts_of(self._records), live)
        if self._act is None:
            self.trial = None
        elif self.trial is None or self.trial.version != self._act.hash:
            self.trial = self._begin(self._act, names)

    def decide(self, tick: int | None, batch: Arrivals) -> Tried | None:
        """Let them decide on a batch too, and on the tick before it."""
        if self.trial is None:
            return None
        try:
            return self.trial.version, self.trial.decide(batch, [] if tick is None else [tick])
        except Exception as error:  # noqa: BLE001 whatever it is, it is not the line's
            self.trial = None
            self._failed(error)
            return None

    def _begin(self, act: RuleActRow, names: Names) -> Trial | None:
        """Begin the trial that an act asks for, or go on with it; None where it failed before, or fails now."""
        rules = read_rules(bodies_of(self._records)[act.hash])
        if rules.hash != act.hash:  # another release would try other rules than were put on trial
            return None
        if self._records.meta().get(failed_key(act)):
            return None
        try:
            return begin_trial(self._records, rules, names, act.seq, self._secret)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 as above
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        if self._act is not None:
            reason = str(error) if isinstance(error, StanchError) else type(error).__name__
            self._records.set_meta(failed_key(self._act), reason)
