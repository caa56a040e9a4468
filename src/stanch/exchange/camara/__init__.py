"""CAMARA network APIs: the shapes of their requests and answers, and answers out of what a home knows of a card."""
