"""Networks and the registry of their released weights."""
