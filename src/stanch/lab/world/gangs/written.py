"""What reaches victims in writing: texts from a rented service number, and texts that they ask about, and pay."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.diary import NOTHING
from stanch.lab.world.gangs.aftermath import Paid
from stanch.lab.world.gangs.assets import Accounts
from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.gangs.offers import contact_of
from stanch.lab.world.gangs.victims import Payer, Payment
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE

#: A text comes so long before the first payment at most; a payee is added within minutes of the payment.
_BEFORE: Final = 95 * MINUTE
_ADDING: Final = 4 * MINUTE
#: Who asks about a text does so within this time before a payment.
_ASKED: Final = 20 * HOUR
#: Others get a text this long before or after.
_AROUND: Final = 20 * MINUTE


def write_to_victims(scene: Scene, paid: Paid, levels: tuple[Accounts, Accounts, Accounts]) -> None:
    """Text some victims, and many others, shortly before they pay; let some victims ask first what it is.

    Nobody is texted whose account the gang itself pays from, nor children, who pay without adding a payee.
    """
    p, country = scene.country.parameters.words, scene.country
    port = country.names.one("card", f"10698{scene.rng.integers(10**6, 10**7)}")
    scene.role(port, "gang_port")
    fresh = {code for level in levels for code in level.code[level.fresh == 1].tolist()}
    for one, payer, payments in paid:
        if not payments or one.victim.plan.takeover or one.victim.plan.payee == "wallet":
            continue
        text = country.texts.make(scene.rng, one.victim.plan.topic, contact_of(scene))
        begin, sender = one.when, NOTHING
        if scene.rng.random() < p.texted:
            begin, sender = _send(scene, one, payments[0], port, text), port
            if payments[0].payee in fresh:
                scene.plant("finance.scam_sms_then_payee", payer.account, [payments[0].when - _ADDING // 2])
        if scene.rng.random() < p.asked:
            _ask(scene, payer, payments, begin, (text, sender))


def _send(scene: Scene, one: Reached, first: Payment, port: int, text: int) -> int:
    """Send a text to a victim and to others, before the first payment; return when the victim got it."""
    has, rng = scene.country.has, scene.rng
    card = has.card_of[one.victim.person]
    when = first.when - _ADDING - int(rng.integers(0, _BEFORE))
    scene.write("sms", when, step="contact", src=port, dst=int(has.cards.code[card]), text=text,
                source=int(has.cards.source[card]))  # fmt: skip
    others = scene.some(np.arange(len(has.cards)), scene.often(scene.country.parameters.words.texted_others))
    scene.write("sms", when + rng.integers(-_AROUND, _AROUND, len(others)), step="contact", src=port,
                dst=has.cards.code[others], text=text, source=has.cards.source[others])  # fmt: skip
    return when


def _ask(scene: Scene, payer: Payer, payments: list[Payment], begin: int, what: tuple[int, int]) -> None:
    """Let a victim hand in what came at ``begin``, before the last payment for which there is time, and pay on."""
    last = payments[-1].when - _ADDING
    first = max(begin + MINUTE, last - _ASKED)
    if first >= last:
        return
    when = int(scene.rng.integers(first, last))
    text, sender = what
    scene.write("text_submitted", when, step="report", src=payer.person, dst=sender, text=text, source="justice")
    later = [payment.when for payment in payments if payment.when - _ADDING >= when]
    scene.plant("finance.asked_then_payee", payer.account, later)
