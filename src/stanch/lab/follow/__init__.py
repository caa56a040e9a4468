"""Following money in a world: how its institutions answer, and what others would have held of the same money."""
