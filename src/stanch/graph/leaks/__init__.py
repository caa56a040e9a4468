"""Where personal data may have leaked: who had opened the records of those who were deceived afterwards."""
