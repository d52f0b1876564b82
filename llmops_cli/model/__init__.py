"""Nouns: frozen records and protocols. Standard library only; no I/O, no clock, no environment."""
