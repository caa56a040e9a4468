"""The gate: who calls, what its key allows, and whether its budget does."""

from __future__ import annotations

import time
from collections.abc import Callable

from stanch.api.budgets import Budgets
from stanch.api.keys import ApiKeys, Key
from stanch.api.problems import ApiError
from stanch.api.requests import Call
from stanch.api.settings import Settings

_BEARER = b"bearer "
_LONGEST = 256


class Gate:
    """Asks every request for its key. ``now`` gives the wall clock in UTC microseconds."""

    def __init__(self, keys: ApiKeys, settings: Settings, now: Callable[[], int]) -> None:
        self._keys = keys
        self._now = now
        self._budgets = Budgets(settings.rate, settings.burst, time.monotonic)

    def enter(self, call: Call, *scopes: str) -> Key:
        """Return the key of a call that has one of the scopes. Raises ApiError 401 or 403."""
        given = call.authorization
        if given[: len(_BEARER)].lower() != _BEARER or len(given) > _LONGEST:
            raise ApiError(401, "no_key", "send the header Authorization: Bearer and a key of this deployment")
        key = self._keys.of(given[len(_BEARER) :].decode("ascii", "replace").strip(), self._now())
        call.key, held = key.id, key.scopes
        for scope in scopes:
            if scope in held:
                return key
        needed = " or ".join(scopes)
        raise ApiError(403, "missing_scope", f"this key may not do that; it needs the scope {needed}")

    def spend(self, key: Key, count: int) -> None:
        """Take events of a key's budget. Raises ApiError 429."""
        self._budgets.spend(key, count)
