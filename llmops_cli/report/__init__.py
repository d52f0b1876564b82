"""Nouns → text. One reporter per file; never prints."""
