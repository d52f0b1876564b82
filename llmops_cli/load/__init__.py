"""Files, git, environment → nouns."""
