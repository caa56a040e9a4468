"""A made-up country with people, firms, gangs and innocent look-alikes; its events and, apart from them, its truth."""

from stanch.lab.world.parameters import Parameters, load_parameters
from stanch.lab.world.world import WorldSummary, make_world

__all__ = ["Parameters", "WorldSummary", "load_parameters", "make_world"]
