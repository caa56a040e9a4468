"""Items of personal information in tables: which column holds what, and how many different items there are."""
