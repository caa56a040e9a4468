"""Look-alikes among reports: honest sellers whom a buyer reports, until the buyer or the police take it back."""

from __future__ import annotations

from dataclasses import dataclass

from stanch.lab.world.scene import Scene
from stanch.lab.world.twins.payers import account_of, add_payee, some_people, source_of
from stanch.model.time import DAY, HOUR, MINUTE

_STEP = "payment"


@dataclass(frozen=True, slots=True)
class _Dispute:
    """A report about an honest seller (codes; UTC microseconds)."""

    buyer: int
    bank: int
    seller: int
    report: int
    when: int


def disputed_seller(scene: Scene, day: int) -> None:
    """Play a seller who ships late: the buyer reports, and takes it back when the parcel comes."""
    dispute = _dispute(scene, day)
    scene.role(dispute.seller, "twin:disputed_seller")
    back = dispute.when + int(scene.rng.integers(2 * HOUR, DAY))
    if back < scene.end:
        scene.write("report_withdrawn", back, step=_STEP, src=dispute.buyer, ref=dispute.report, source=dispute.bank)


def cleared_seller(scene: Scene, day: int) -> None:
    """Play a seller whom the police clear: the goods were as described."""
    dispute = _dispute(scene, day)
    scene.role(dispute.seller, "twin:cleared_seller")
    cleared = dispute.when + int(scene.rng.integers(5 * HOUR, 2 * DAY))
    if cleared < scene.end:
        scene.write("cleared", cleared, step=_STEP, dst=dispute.seller, detail="honest", source="justice")


def _dispute(scene: Scene, day: int) -> _Dispute:
    """Let a buyer pay an honest seller and report it hours later, when the seller has spent part of it already."""
    people, rng = scene.country.people, scene.rng
    buyer, seller, maker = (some_people(scene, 20, 65, 1) for _ in range(3))
    payee, bank = account_of(scene, seller), source_of(scene, buyer)
    early = max(0, min(day, scene.country.days - 2))  # so that there is time to take it back
    paid, price = scene.at(early, 10, 400), int(rng.integers(40, 180)) * 10_000
    add_payee(scene, paid - 3 * MINUTE, buyer, payee)
    event = scene.pay(paid, step=_STEP, source=bank, src=account_of(scene, buyer), dst=payee, amount=price,
                      detail="goods", channel="app", device=int(scene.country.has.device[buyer[0]]))  # fmt: skip
    scene.pay(paid + int(rng.integers(20, 90)) * MINUTE, step=_STEP, source=source_of(scene, seller), src=payee,
              dst=account_of(scene, maker), amount=price * 6 // 10, detail="stock", channel="app")  # fmt: skip
    when = paid + int(rng.integers(HOUR, 9 * HOUR))
    person = int(people.code[buyer[0]])
    report = scene.write("fraud_reported", when, step=_STEP, src=person, dst=payee, ref=event, amount=price,
                         currency="CNY", source=bank)  # fmt: skip
    return _Dispute(person, bank, payee, int(report[0]), when)
