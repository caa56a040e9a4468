"""The report of a replayed world: one HTML page with pictures that needs no network and no server."""
