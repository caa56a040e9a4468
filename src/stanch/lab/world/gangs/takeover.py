"""Some victims do not pay themselves: the gang swaps the sim, has calls forwarded or sends a link, and enters."""

from __future__ import annotations

from stanch.lab.world.gangs.contact import Reached
from stanch.lab.world.gangs.victims import Payer
from stanch.lab.world.scene import Scene
from stanch.model.time import HOUR, MINUTE


def take_over(scene: Scene, one: Reached, payer: Payer) -> Payer:
    """Enter a victim's account on a device of the gang; return the payer as it is from then on."""
    rng = scene.rng
    # the honest login before it is what makes the new device strange
    scene.diary.note("login", one.when - int(rng.integers(9, 16)) * HOUR, src=payer.account, dst=payer.device,
                      address=payer.address, channel="app", source=payer.source)  # fmt: skip
    caught = one.until + int(rng.integers(2, 25)) * MINUTE
    way = _way(scene)
    _catch_codes(scene, one, caught, way)
    device, address = int(scene.new_devices("phone", 1)[0]), int(scene.new_addresses(1)[0])
    scene.role(device, "gang_device")
    entered = caught + int(rng.integers(4, 40)) * MINUTE
    scene.write("login", entered, step="payment", src=payer.account, dst=device, address=address, channel="app",
                source=payer.source)  # fmt: skip
    scene.plant(f"finance.{way}_then_login", payer.account, [entered])
    return Payer(payer.person, payer.account, payer.source, device, address, entered)


def _way(scene: Scene) -> str:
    """Draw how the codes are caught: by a link to a page that asks for them, a new sim, or calls that are forwarded."""
    if scene.rng.random() < scene.country.parameters.telecom.gangs.phishing:
        return "link"
    return "sim_swap" if scene.rng.random() < 0.5 else "forwarding"


def _catch_codes(scene: Scene, one: Reached, when: int, way: str) -> None:
    """Let the codes that the bank sends to the victim's card reach the gang."""
    country, has = scene.country, scene.country.has
    card = has.card_of[one.victim.person]
    code, operator = int(has.cards.code[card]), int(has.cards.source[card])
    if way == "sim_swap":
        shop = scene.rng.choice(country.firms.shops["operator_b"])
        scene.write("sim_swapped", when, step="contact", src=int(shop), dst=code, source=operator)
        return
    own = scene.new_cards("operator_c", 1)
    scene.role(own, "gang_card")
    if way == "forwarding":
        scene.write("forwarding_set", when, step="contact", src=code, dst=own, source=operator)
        return
    link = f"http://pay{scene.rng.integers(100, 1000)}.{scene.name}.example/s"
    text = country.texts.make(scene.rng, "scam_service", link)
    scene.write("sms", when, step="contact", src=own, dst=code, text=text, source="operator_c")
