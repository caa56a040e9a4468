"""What address and headers of a CAMARA request say: operation, correlator, purpose, and who the token speaks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stanch.api.keys import Key
from stanch.api.problems import ApiError
from stanch.api.requests import Scope
from stanch.exchange.camara.operations import OPERATIONS, SERVED, Caller, CamaraError
from stanch.privacy.purposes import PURPOSES

#: Bytes of a request: its largest has some twenty short facts.
LARGEST: Final = 65_536
#: Header in which a gateway passes on the number that an access token names, and the one that says who checked it.
NUMBER_HEADER: Final = "stanch-token-number"
CHECKED_HEADER: Final = "stanch-token-checked"
BY_NETWORK: Final = "network"
#: Purposes of the Data Privacy Vocabulary that CAMARA's tokens carry, beside those of the house.
DPV_PURPOSES: Final = ("dpv:FraudPreventionAndDetection", "dpv:IdentityVerification")
CORRELATOR: Final = r"^[a-zA-Z0-9_:;./<>{}-]{0,256}$"

_CORRELATOR: Final = re.compile(CORRELATOR.removeprefix("^").removesuffix("$"))
_PHONE: Final = re.compile(r"\+[1-9][0-9]{4,14}")
_JSON: Final = "application/json"
_ACTS: Final = ("iot-sim-fraud-prevention/bind", "iot-sim-fraud-prevention/unbind")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as far as its address and headers tell."""

    address: str
    method: str
    content_type: str
    correlator: str
    purpose: str
    caller: Caller

    def checked(self, key: Key) -> str:
        """Return the operation that is asked for. Raises ApiError or CamaraError where it cannot be, or not so."""
        path = SERVED.get(self.address)
        if path is None:
            raise CamaraError(404, "NOT_FOUND", "no such operation in this version; GET /openapi.json lists them")
        method = "GET" if OPERATIONS[path].asks is None else "POST"
        if self.method != method:
            raise ApiError(405, "method", f"this path takes {method} only")
        if method == "POST" and self.content_type != _JSON:
            raise ApiError(415, "content_type", f"send {_JSON}")
        if self.caller.number is not None and "gateway" not in key.scopes:
            raise ApiError(403, "missing_scope", f"{NUMBER_HEADER} needs a key with the scope gateway")
        if path in _ACTS and "administer" not in key.scopes:
            raise ApiError(403, "missing_scope", "binding changes what a card may do; it needs the scope administer")
        return path


def read_asked(scope: Scope) -> Asked:
    """Return what address and headers say. Raises CamaraError for headers that are not as specified."""
    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    correlator = given.get("x-correlator", scope["stanch.call"].id)
    if not _CORRELATOR.fullmatch(correlator):
        raise CamaraError(400, "INVALID_ARGUMENT", f"x-correlator: expected {CORRELATOR}")
    purpose = given.get("stanch-purpose", "")
    if purpose and purpose not in (*PURPOSES, *DPV_PURPOSES):
        known = ", ".join((*PURPOSES, *DPV_PURPOSES))
        raise CamaraError(400, "INVALID_ARGUMENT", f"Stanch-Purpose: unknown; known: {known}")
    content_type = given.get("content-type", "").partition(";")[0].strip().lower()
    return Asked(scope["path"], scope["method"], content_type, correlator, purpose, _caller(given))


def _caller(given: Mapping[str, str]) -> Caller:
    number, checked = given.get(NUMBER_HEADER), given.get(CHECKED_HEADER)
    if number is not None and not _PHONE.fullmatch(number):
        raise CamaraError(400, "INVALID_ARGUMENT", f"{NUMBER_HEADER}: expected a number in E.164 with its plus")
    if checked not in (None, BY_NETWORK) or (checked is not None and number is None):
        raise CamaraError(400, "INVALID_ARGUMENT", f"{CHECKED_HEADER}: expected {BY_NETWORK}, beside {NUMBER_HEADER}")
    return Caller(number, checked == BY_NETWORK)
