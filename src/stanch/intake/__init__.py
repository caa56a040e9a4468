"""From files and messages to event columns: checked, pseudonymised, in order."""
