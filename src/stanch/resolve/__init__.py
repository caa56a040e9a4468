"""Resolve: who is behind a card, an account, a user - from earlier events only."""
