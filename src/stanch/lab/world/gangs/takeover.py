"""Some victims do not pay themselves: the gang swaps the sim, or has calls forwarded, and enters the account."""

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
    swapped = bool(rng.random() < 0.5)
    _catch_codes(scene, one, caught, swapped=swapped)
    device, address = int(scene.new_devices("phone", 1)[0]), int(scene.new_addresses(1)[0])
    scene.role(device, "gang_device")
    entered = caught + int(rng.integers(4, 40)) * MINUTE
    scene.write("login", entered, step="payment", src=payer.account, dst=device, address=address, channel="app",
                source=payer.source)  # fmt: skip
    scene.plant("finance.sim_swap_then_login" if swapped else "finance.forwarding_then_login", payer.account, [entered])
    return Payer(payer.person, payer.account, payer.source, device, address, entered)


def _catch_codes(scene: Scene, one: Reached, when: int, *, swapped: bool) -> None:
    """Let the codes that the bank sends to the victim's card reach the gang."""
    has = scene.country.has
    card = has.card_of[one.victim.person]
    code, operator = int(has.cards.code[card]), int(has.cards.source[card])
    if swapped:
        shop = scene.rng.choice(scene.country.firms.shops["operator_b"])
        scene.write("sim_swapped", when, step="contact", src=int(shop), dst=code, source=operator)
        return
    catcher = scene.new_cards("operator_c", 1)
    scene.role(catcher, "gang_card")
    scene.write("forwarding_set", when, step="contact", src=code, dst=catcher, source=operator)
