"""Contacts in texts: phones, links, e-mails, messenger ids and long numbers, found and replaced.

A text keeps what was said; where it says whom to reach, a token stands instead, so that posts of one gang meet by
the contact they share and nobody reads it from the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stanch.intake.accounts import normalise_account
from stanch.intake.networks import normalise_domain
from stanch.intake.phones import normalise_phone
from stanch.model.errors import InputError

_TOKEN_HEX: Final = 12

_PATH: Final = r"""[^\s，。；、！？<>"'）)]"""
_TOPS: Final = "com|cn|net|org|top|xyz|vip|cc|info|me|io|app|shop|site|club|example"
_WORDS: Final = "微信号?|薇信|威信|卫星|加?扣扣|QQ群?|企鹅|V信|纸飞机|飞机|电报"
#: Latin words stand in ordinary sentences too: what follows must be set off, or look like an id.
_LATIN: Final = "VX|wechat|weixin|telegram|TG|WhatsApp|LINE|Skype"

#: One pattern, tried left to right: a link may hold digits, a messenger word makes a number a messenger id.
_CONTACT: Final = re.compile(
    rf"""
      (?P<link>https?://{_PATH}+|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:{_TOPS})(?![a-z0-9@-])(?:/{_PATH}*)?)
    | (?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | (?P<word>(?<![a-z])(?:{_WORDS}))\s*(?:号|群|id)?\s*[:：+＋是为]?\s*(?P<id>@?[a-z0-9][a-z0-9_-]{{4,31}})
    | (?P<latin>(?<![a-z])(?:{_LATIN})(?![a-z]))\s*(?:号|群|id)?
      (?:\s*[:：+＋是为@]\s*|\s*(?=[a-z-]*[0-9_]))(?P<name>@?[a-z0-9][a-z0-9_-]{{4,31}})
    | (?P<digits>(?<![0-9a-z])\+?[0-9](?:[\s-]?[0-9]){{7,19}}(?![0-9a-z]))
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)

#: Messenger words -> the messenger they mean.
_MESSENGERS: Final[dict[str, tuple[str, ...]]] = {
    "wechat": ("微信", "薇信", "威信", "卫星", "vx", "v信", "wechat", "weixin"),
    "qq": ("扣扣", "qq", "企鹅"),
    "telegram": ("telegram", "tg", "飞机", "电报"),
    "whatsapp": ("whatsapp",),
    "line": ("line",),
    "skype": ("skype",),
}

_CARD_DIGITS: Final = 13


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact found in a text, in normal form."""

    kind: str
    scheme: str
    normalised: str


Keep = Callable[[Contact], bytes]


def replace_contacts(text: str, keep: Keep) -> tuple[str, list[bytes]]:
    """Return the text with tokens for contacts, and the contacts' pseudonyms in order; ``keep`` names a contact."""
    found: list[bytes] = []

    def token(match: re.Match[str]) -> str:
        contact = _contact(match)
        name = keep(contact)
        found.append(name)
        word = match["word"] or match["latin"] or ""
        return f"{word}⟨{contact.scheme}:{name.hex()[:_TOKEN_HEX]}⟩"

    return _CONTACT.sub(token, text), found


def _contact(match: re.Match[str]) -> Contact:
    if match["link"]:
        return _link(match["link"])
    if match["mail"]:
        return Contact("contact", "contact", f"mail/{match['mail'].lower()}")
    word, name = match["word"] or match["latin"], match["id"] or match["name"]
    if word:
        return Contact("contact", "contact", f"{_messenger(word)}/{name.lstrip('@').lower()}")
    return _number(match["digits"])


def _link(link: str) -> Contact:
    host = (
        link.lower()
        .removeprefix("https://")
        .removeprefix("http://")
        .partition("/")[0]
        .rpartition("@")[2]
        .partition(":")[0]
    )
    try:
        return Contact("domain", "domain", normalise_domain(host).normalised)
    except InputError:
        return Contact("contact", "contact", f"link/{link.lower()}")


def _messenger(word: str) -> str:
    lowered = word.lower()
    return next((name for name, words in _MESSENGERS.items() if any(w in lowered for w in words)), "messenger")


def _number(digits: str) -> Contact:
    bare = re.sub(r"[\s-]", "", digits)
    phone = normalise_phone(bare)
    if phone.type != "other":
        kind = "iot_card" if phone.type == "iot" else "card"
        return Contact(kind, "phone", phone.normalised)
    if len(bare) >= _CARD_DIGITS and not bare.startswith("+"):
        return Contact("account", "account", normalise_account(bare).normalised)
    return Contact("contact", "contact", f"number/{bare}")
