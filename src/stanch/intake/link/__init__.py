"""Who is who: records of one person or company under several spellings and documents, joined with a confidence."""
