"""What is wrong with a home, and what to do about it: read alone, while the line goes on."""
