"""What protects people: grades, masks, pseudonyms, purposes, retention. Pure; keys are passed in."""
