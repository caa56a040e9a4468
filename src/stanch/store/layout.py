"""What the files and folders of a home are called, apart from those that one room alone knows."""

from __future__ import annotations

from typing import Final

SNAPSHOTS: Final = "snapshots"
LAKE: Final = "lake"
QUARANTINE: Final = "quarantine.ndjson"
VAULT_FILE: Final = "vault.db"
#: Of the API: its keys as hashes, and the chain of who read what.
ACCESS_FILE: Final = "access.db"
AUDIT_FILE: Final = "audit.db"
#: What the log says of cards, as far as it was read: made of the log again where it is missing.
CARDS_FILE: Final = "cards.db"
