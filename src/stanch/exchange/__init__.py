"""What goes out and the answers to it: ISO 20022 messages, signed webhooks, and the courier that delivers them."""
