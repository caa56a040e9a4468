"""What lies on each account of a world, as far as its events say: what an order can hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from stanch.lab.follow.agenda import Step


@dataclass(slots=True)
class Balances:
    """Running balances in minor units, by pseudonym; of an account without a stated opening, what came and went."""

    _there: dict[bytes, int] = field(default_factory=dict)
    _known: set[bytes] = field(default_factory=set)

    def note(self, step: Step) -> None:
        """Take note of a statement, of cash paid in, or of money that moved."""
        if step.kind == "balance" and step.src is not None:
            self._there[step.src] = step.amount
            self._known.add(step.src)
        elif step.kind == "account_opened" and step.dst is not None:
            self._there.setdefault(step.dst, 0)
            self._known.add(step.dst)
        elif step.kind == "cash_in":
            self._move(None, step.dst, step.amount)
        elif step.kind in ("settled", "returned"):
            self._move(step.src, step.dst, step.amount)

    def there(self, account: bytes) -> int:
        """Return what lies on an account; never less than nothing."""
        return max(self._there.get(account, 0), 0)

    def known(self, account: bytes) -> bool:
        """Tell whether the opening balance of an account was stated."""
        return account in self._known

    def _move(self, src: bytes | None, dst: bytes | None, amount: int) -> None:
        for account, change in ((src, -amount), (dst, amount)):
            if account is not None:
                self._there[account] = self._there.get(account, 0) + change
