"""Nouns → disk. The only writer; every write is atomic or append-only."""
