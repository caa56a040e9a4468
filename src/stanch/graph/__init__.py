"""Money over time, on arrays: the ledger, tracing, live taint, patterns."""
