"""Whom a text says to reach: phones, links, e-mails, messenger ids, wallets and long numbers, hidden ones too.

Numbers may be in words (一三八 ...), full width, spaced, or with letters for digits; links may be defanged. What was
found is in plain form, with the span of the text as it was written. Which entity a contact is, intake says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import phonenumbers

from stanch.text.letters import NUMERALS
from stanch.text.normal import Normal, normalise, normalise_all
from stanch.text.wallets import wallet_chain

#: What a contact can be; a messenger id has the messenger's name.
KINDS: Final = (
    "phone", "number", "link", "mail", "wallet", "handle",
    "wechat", "qq", "telegram", "whatsapp", "line", "skype", "messenger",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact in plain form and where it stands; ``word`` is what is written before it to say what it is."""

    kind: str
    normalised: str
    start: int
    stop: int
    word: str = ""


#: Words that name a messenger, by messenger; in normal form.
_MESSENGERS: Final[dict[str, str]] = {
    "wechat": "[微薇威维卫徽][信芯星新心]号?|加[微薇威]|v信|vx|wx|weixin|wechat",
    "qq": "加?扣扣|企鹅|球球|qq群?",
    "telegram": "纸?飞机|电报|telegram|tg",
    "whatsapp": "whatsapp",
    "line": "line",
    "skype": "skype",
    "messenger": "蝙蝠|土豆|signal",
}
_LATIN: Final = "vx|wx|weixin|wechat|telegram|tg|whatsapp|line|skype|signal"
_HAN: Final = "|".join(
    part for words in _MESSENGERS.values() for part in words.split("|") if part not in _LATIN.split("|")
)
_TOPS: Final = "com|cn|net|org|top|xyz|vip|cc|info|me|io|app|shop|site|club|example|online|icu|tk|ru|ly|biz|uk|hk|tw"
_DOT: Final = r"(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
_SPOKEN: Final = rf"(?:{_DOT}|。|点|\ ?dot\ )"
_PATH: Final = r"""[^\s,;!，。；、！？<>"'）)\u2e80-\U0002ffff]"""
_DIGIT: Final = "0-9" + "".join(sign for sign in NUMERALS if not sign.isascii())

#: One pattern, tried left to right: a link may hold digits, a messenger word makes a number a messenger id.
_CONTACT: Final = re.compile(
    rf"""
      (?P<link>h(?:tt|xx)ps?\s?:\s?/\s?/{_PATH}+
      | (?<![\w@.-])(?:[a-z0-9-]+{_DOT})+(?:{_TOPS})(?![a-z0-9@-])(?:/{_PATH}*)?
      | (?<![\w@.-])(?:[a-z0-9-]+{_SPOKEN})+(?:com|cn|net|org|top|xyz|vip|cc)(?![a-z0-9@-])(?:/{_PATH}*)?)
    | (?P<mail>(?<![a-z0-9_.+-])[a-z0-9_.+-]{{1,64}}(?:@|\[at\]|\(at\))[a-z0-9_-]+(?:{_DOT}[a-z0-9_-]+)+)
    | (?P<wallet>(?<![a-z0-9])(?:0x[0-9a-f]{{40}}|t[1-9a-z]{{33}}|bc1[0-9a-z]{{11,71}}|[13][1-9a-z]{{25,34}})
      (?![a-z0-9]))
    | (?P<word>(?<![a-z])(?:{_HAN}))\s*(?:号|群|id)?\s*[:：+＋是为]?\s*(?P<id>@?[a-z0-9][a-z0-9_-]{{4,31}})
    | (?P<latin>(?<![a-z])(?:{_LATIN})(?![a-z]))\s*(?:号|群|id)?
      (?:\s*[:：+＋是为@]\s*|\s*(?=[a-z-]*[0-9_]))(?P<name>@?[a-z0-9][a-z0-9_-]{{4,31}})
    | (?P<short>(?:[+＋加]\s*[vq薇微威]|(?<![a-z])[vq])\s*[:：+]?\s*)
      (?P<nick>(?=[a-z_-]*[0-9_])[a-z0-9][a-z0-9_-]{{4,31}})
    | (?P<handle>(?<![\w@.])@[a-z][a-z0-9_]{{4,31}})(?![\w@.])
    | (?P<dotted>(?<![a-z0-9.,/])[{_DIGIT}]{{1,4}}(?:[.,/][{_DIGIT}]{{1,4}}){{2,10}}(?![a-z0-9]))
    | (?P<digits>(?<![a-z0-9])\+?\(?(?:[{_DIGIT}]|[oil](?=[{_DIGIT}oil]))
      (?:(?:\s?-\s?|[\s·*_~]|\)\s?)?[{_DIGIT}]|[oil]){{6,19}}(?![a-z0-9]))
    """,
    re.VERBOSE | re.ASCII,
)
#: What a text must have for a contact to be possible: cheap, and true of few ordinary messages.
_HOPE: Final = re.compile(rf"[0-9@./]|[a-z]{{5}}|[{_DIGIT}]{{4}}|dot|点", re.ASCII)
#: What a text is made of in which nothing is hidden and nobody named: no normal form is needed to know that.
_TALK: Final = re.compile(rf"[^\u4e00-\u9fff，。！？、…]|[{_DIGIT}](?:[，。！？、…]?[{_DIGIT}]){{6}}")

_NOISE: Final = re.compile(r"[\s.()·,，*_~/-]+")
_NUMERALS: Final = str.maketrans(NUMERALS)
#: Digits that must be digits for letters among them to be taken as digits too.
_REAL: Final = 5
_SHORTEST: Final = 8
_MOBILE: Final = re.compile(r"(?:86|\+86)?(1[3-9][0-9]{9})")
_SERVICE: Final = re.compile(r"[48]00[0-9]{7}")
_FIXED: Final = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")


def find_contacts(text: str) -> tuple[Contact, ...]:
    """Return the contacts of a text in the order in which they stand, each once a place."""
    return tuple(contacts_in(text, normalise(text))) if _TALK.search(text) else ()


def find_all_contacts(texts: Sequence[str]) -> list[tuple[Contact, ...]]:
    """Return the contacts of each of several texts: what can hold some is brought into normal form together."""
    hopeful = [place for place, text in enumerate(texts) if _TALK.search(text)]
    normals = normalise_all([texts[place] for place in hopeful])
    found: list[tuple[Contact, ...]] = [()] * len(texts)
    for number, place in enumerate(hopeful):
        found[place] = tuple(contacts_in(texts[place], normals.one(number)))
    return found


@dataclass(frozen=True, slots=True)
class Match:
    """A contact where it was matched in a normal form: kind, plain form, and what the pattern caught."""

    kind: str
    normalised: str
    caught: re.Match[str]

    @property
    def word(self) -> str | None:
        """Name the group of the word before it that says what it is, if there is one."""
        return next((name for name in ("word", "latin", "short") if self.caught[name]), None)

    def span(self) -> tuple[int, int]:
        """Return where the contact stands in the normal form, without the word before it."""
        word = self.word
        start, stop = self.caught.span()
        return start if word is None else start + len(self.caught[word].rstrip(" :：")), stop

    def contact(self, text: str, normal: Normal) -> Contact:
        """Return the contact, with its place in the text as written."""
        word = self.word
        first, last = normal.written(*self.caught.span(word)) if word else (0, 0)
        return Contact(self.kind, self.normalised, *normal.written(*self.caught.span()), text[first:last].strip(" :："))


def contacts_in(text: str, normal: Normal) -> Iterator[Contact]:
    """Yield the contacts of a text whose normal form is known."""
    return (match.contact(text, normal) for match in matches_in(text, normal))


def matches_in(text: str, normal: Normal) -> list[Match]:
    """Return where the contacts of a text stand in its normal form."""
    if not _HOPE.search(normal.text):
        return []
    found = []
    for caught in _CONTACT.finditer(normal.text):
        start, stop = normal.written(*caught.span())
        contact = _contact(caught, text[start:stop])
        if contact is not None:
            found.append(Match(*contact, caught))
    return found


def _contact(match: re.Match[str], written: str) -> tuple[str, str] | None:
    if match["link"]:
        return "link", plain_link(match["link"])
    if match["mail"]:
        mail = re.sub(r"[\[(]at[\])]", "@", match["mail"])
        return "mail", re.sub(_DOT, ".", mail)
    if match["wallet"]:
        return _wallet(written)
    if match["handle"]:
        return "handle", match["handle"].removeprefix("@")
    if match["digits"]:
        return _number(match["digits"])
    if match["dotted"]:
        bare = _bare(match["dotted"])
        return ("phone", bare) if is_phone(bare) else None
    return _messenger(match)


def _messenger(match: re.Match[str]) -> tuple[str, str]:
    name = (match["id"] or match["name"] or match["nick"]).removeprefix("@")
    if match["short"]:
        return ("qq" if "q" in match["short"] else "wechat"), name
    return messenger_of(match["word"] or match["latin"]), name


def messenger_of(word: str) -> str:
    """Return the messenger that a word in normal form means."""
    return next(name for name, words in _MESSENGERS.items() if re.fullmatch(words, word))


def plain_link(link: str) -> str:
    """Return a link as it would be typed: not defanged, dots as dots."""
    scheme = re.match(r"h(?:tt|xx)p(s?)\s?:\s?/\s?/", link)
    rest = link[scheme.end() :] if scheme else link
    host, slash, path = rest.partition("/")
    host = re.sub(_SPOKEN, ".", host, flags=re.VERBOSE)
    return f"{f'http{scheme[1]}://' if scheme else ''}{host}{slash}{path}"


def _wallet(written: str) -> tuple[str, str] | None:
    """Return a wallet whose check holds; its letters keep their case, which is part of it."""
    plain = unicodedata.normalize("NFKC", written)
    address = "".join(letter for letter in plain if letter.isascii() and letter.isalnum())
    chain = wallet_chain(address)
    return None if chain is None else ("wallet", f"{chain}/{address}")


def _number(written: str) -> tuple[str, str] | None:
    real = sum(letter.isdecimal() for letter in written)
    if real < _REAL and any(letter in "oil" for letter in written):
        return None
    bare = _bare(written)
    if is_phone(bare):
        return "phone", bare
    hidden = real < len(bare) - bare.startswith("+")
    return None if hidden or len(bare) < _SHORTEST else ("number", bare)


def _bare(written: str) -> str:
    return _NOISE.sub("", written.translate(_NUMERALS))


def is_phone(bare: str) -> bool:
    """Say whether digits without separators are a number to call: mainland plans, or + and another country's."""
    if bare.startswith("+"):
        try:
            return phonenumbers.is_valid_number(phonenumbers.parse(bare))
        except phonenumbers.NumberParseException:
            return False
    return any(plan.fullmatch(bare) for plan in (_MOBILE, _SERVICE, _FIXED))
