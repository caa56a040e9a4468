"""The words: entities, kinds, event columns, findings, decisions, money, time, errors. Pure, no I/O."""
