"""The two sides of a message: who we are, and the institution it goes to."""

from __future__ import annotations

import msgspec

from stanch.exchange.xml import Content


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A side by its name, and by its BIC if it has one."""

    name: str
    bic: str | None = None

    def agent(self) -> Content:
        """Return it as a financial institution."""
        return {"FinInstnId": {"BICFI": self.bic} if self.bic else {"Nm": self.name}}

    def side(self) -> Content:
        """Return it as an agent where it has a BIC, else as a party: an anti-fraud centre need not be a bank."""
        return {"Agt": self.agent()} if self.bic else {"Pty": {"Nm": self.name}}
