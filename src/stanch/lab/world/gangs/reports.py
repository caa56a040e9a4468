"""Reports of victims: some at once, most after hours, a few after days; not all of them are right."""

from __future__ import annotations

from typing import Final

from stanch.lab.world.diary import NOTHING
from stanch.lab.world.gangs.offers import contact_of
from stanch.lab.world.gangs.victims import Payer, Payment
from stanch.lab.world.scene import Scene
from stanch.model.time import DAY, HOUR, MINUTE, SECOND

#: Nobody reports sooner after the last payment.
_SOONEST: Final = 3 * MINUTE
#: Who exaggerates names so many times what was paid.
_EXAGGERATED: Final = (1.1, 3.0)
#: Share of reports on which police find the last account to be fraud, half a day to two days later.
_CONFIRMED: Final = 0.6


def report(scene: Scene, payer: Payer, payments: list[Payment], topic: str = "") -> None:
    """Let a victim report all payments, or none; let police confirm some of the accounts a day later.

    ``topic`` is that of the texts that reached the victim, of which some are added to the report.
    """
    rng, last = scene.rng, payments[-1]
    when = last.when + _delay(scene)
    if rng.random() >= scene.country.parameters.reports.share or when >= scene.end:
        return
    text = _text(scene, topic)
    for place, payment in enumerate(payments):
        _write(scene, payer, payment, when + place * SECOND, text)
    confirmed = when + int(rng.integers(12 * HOUR, 2 * DAY))
    if confirmed < scene.end and rng.random() < _CONFIRMED:
        scene.write("confirmed", confirmed, step="report", dst=last.payee, detail="fraud", source="justice")


def _delay(scene: Scene) -> int:
    """Draw how long a victim takes to report: minutes for some, hours to days for most (microseconds)."""
    p, rng = scene.country.parameters.reports, scene.rng
    if rng.random() < p.soon:
        return int(rng.integers(_SOONEST, p.soon_minutes * MINUTE))
    return _SOONEST + int(p.later_hours * HOUR * float(rng.lognormal(0.0, p.spread)))


def _text(scene: Scene, topic: str) -> int:
    """Make the text that a victim adds to the report, if there was one and they do."""
    if not topic or scene.rng.random() >= scene.country.parameters.words.reported:
        return NOTHING
    return scene.country.texts.make(scene.rng, topic, contact_of(scene))


def _write(scene: Scene, payer: Payer, payment: Payment, when: int, text: int) -> None:
    """Write down the report of one payment. Who mistypes the account does not know the number of the payment either."""
    p, rng = scene.country.parameters.reports, scene.rng
    amount, account, ref = payment.amount, payment.payee, payment.event
    if rng.random() < p.exaggerated:
        amount = int(amount * scene.between(_EXAGGERATED))
    if rng.random() < p.mistyped:
        account, ref = int(scene.new_accounts(1)[0][0]), NOTHING
    scene.write("fraud_reported", when, step="report", src=payer.person, dst=account, ref=ref, amount=amount,
                currency="CNY", text=text, source=payer.source)  # fmt: skip
