"""Made-up records of people and companies, and how well who is who is told."""
