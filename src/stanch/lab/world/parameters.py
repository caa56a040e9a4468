"""The parameters of a made-up country: how its people live and how its gangs work. Data, shipped as YAML."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import msgspec
import yaml

from stanch.lab.world.telecom_parameters import TelecomParameters
from stanch.lab.world.text_parameters import TextParameters, WordParameters
from stanch.lab.world.trade_parameters import PlatformParameters, TradeParameters
from stanch.model.errors import ConfigError


class PeopleParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who lives in the country: ages, homes, jobs."""

    age_weights: list[float]  # share of each ten years of age, from 0-9 on
    household: float  # people per home
    old_age: int  # nobody works from this age on
    alone_when_old: float  # share of the old who live alone
    student: float  # share of those aged 13 to 22 who study
    staff: float  # people per company
    salary: int  # median, CNY a month
    pension: int  # CNY a month
    regions: dict[str, float]
    register_days: int  # how many days the register reaches back


class CallParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people call, a month's medians (Sichuan, 2019-20, ordinary users)."""

    contacts_a_month: float
    calls_per_contact: float
    strangers: float  # share of a month's contacts that are met by one call
    circle: float  # share of a month's contacts that are family, friends and colleagues
    quiet: float  # how much the old and the young call, against others
    unanswered: float
    seconds: float  # median of an answered call
    megabytes_a_month: float
    sms_a_day: float
    notices_a_day: float  # from firms, by text message


class MoneyParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people pay: per person and day, amounts in CNY."""

    payments: float
    to_people: float  # share
    bills: float  # share
    purchase: float  # median
    gift: float  # median of a payment to a person
    spread: float  # standard deviation of the logarithm
    rejected: float
    logins: float
    third_party: float  # share of purchases from a bank account that go through a payment firm


class OnlineParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people do on platforms: per user and day."""

    logins: float
    messages: float
    posts: float
    visits: float
    registrations: float


class WorkParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Those who open records of people, and machines with cards."""

    clerks: float  # per person
    views: float  # per clerk and day
    without_ticket: float  # share
    machines: float  # IoT cards per person
    new_cards: float  # per person and day
    new_accounts: float  # per person and day


class GangParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How gangs work. Counts are per gang unless stated."""

    people_days: float  # one gang per so many people times days
    callers: int
    contacts: float  # median of distinct numbers called by one caller's card
    calls_per_contact: float
    calls_an_hour: tuple[int, int]
    devices_a_card: int
    megabytes: float  # data of one card in its life
    leaked: int  # people whose records are opened
    cards: int  # bought from one dealer
    cards_an_hour: int
    machine_cards: int
    straw_people: int
    cards_a_straw: tuple[int, int]
    users: int
    accounts: tuple[int, int, int]  # of the first, second and third level
    companies: int
    schemes: dict[str, int]  # victims of each scheme
    loss: dict[str, float]  # median loss in CNY of each scheme
    minutes_between: tuple[int, int]  # how fast money moves on
    gather_minutes: int  # money that comes within this time is moved on together
    quick: float  # share of gangs that are faster than that
    quick_minutes: tuple[int, int]
    quick_gather_minutes: int
    cut: tuple[float, float]  # share that stays with a mule
    exits: dict[str, float]  # cash, crypto, goods
    third_party: float  # share of goods, and of payments to wallets, that are paid through a payment firm


class ReportParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How victims report."""

    share: float  # of victims who report at all
    soon: float  # share of them who report at once
    soon_minutes: int  # the longest that "at once" takes
    later_hours: float  # median of the others
    spread: float  # standard deviation of the logarithm, of the others
    exaggerated: float  # share of reports that name more than was paid
    mistyped: float  # share of reports that name an account nobody has


class InstitutionParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a bank or payment firm works with this deployment, and how it answers orders."""

    asks: bool  # we are asked before a payment; false: we are told afterwards
    told_minutes: int  # one that does not ask sends a file every so many minutes; 0 for one that asks
    balances: bool  # it tells the balances of its accounts
    answer_minutes: float  # median time to answer an order
    answer_spread: float  # standard deviation of the logarithm
    partly: float  # share of orders that it carries out for a part only
    part: float  # that part
    refuses: float  # share of orders
    silent: float  # share of orders that it never answers


class ApprovalParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the official on duty takes to approve an order."""

    minutes: float  # median by day
    spread: float  # standard deviation of the logarithm
    night_minutes: float  # median from 22 to 7 o'clock, local time


class TwinParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many innocent look-alikes there are: per ten thousand people, at least one of each."""

    density: float
    rare: float  # of those who come near what few people do at all
    crossing: float  # share of the rare ones who go as far as the guilty do


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All parameters of a country."""

    name: str
    people: PeopleParameters
    calls: CallParameters
    money: MoneyParameters
    online: OnlineParameters
    work: WorkParameters
    gangs: GangParameters
    trades: TradeParameters
    platforms: dict[str, PlatformParameters]
    reports: ReportParameters
    institutions: dict[str, InstitutionParameters]
    approval: ApprovalParameters
    twins: TwinParameters
    telecom: TelecomParameters
    words: WordParameters
    texts: TextParameters


def load_parameters(name_or_path: str | Path) -> Parameters:
    """Read the parameters of a country, by the name of a shipped one or from a file.

    Raises ConfigError if there is no such file, or a field is missing, unknown or of another type.
    """
    shipped = resources.files("stanch.lab.world").joinpath("parameters", f"{name_or_path}.yaml")
    path = Path(name_or_path)
    if shipped.is_file():
        text = shipped.read_text(encoding="utf-8")
    elif path.is_file():
        text = path.read_text(encoding="utf-8")
    else:
        raise ConfigError(f"no world parameters {str(name_or_path)!r}; known: {', '.join(shipped_names())}, or a path")
    try:
        return msgspec.convert(yaml.safe_load(text), Parameters)
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise ConfigError(f"world parameters {str(name_or_path)!r}: {error}; compare with start.yaml") from error


def shipped_names() -> list[str]:
    """Return the names of the parameter files that come with the package."""
    folder = resources.files("stanch.lab.world").joinpath("parameters")
    return sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))


def parameters_hash(parameters: Parameters) -> str:
    """Return the content hash of parameters, for the record of a run."""
    return hashlib.sha256(msgspec.json.encode(parameters, order="sorted")).hexdigest()
