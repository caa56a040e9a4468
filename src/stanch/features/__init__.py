"""Features: named numbers over earlier events, defined once, computed live and as SQL over history."""
