"""One reader per file format: files -> raw tables, with the rows that could not be read."""
