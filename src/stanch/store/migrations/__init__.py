"""How the tables of ``log.db`` came to be: one file a step, run when the log is opened."""
