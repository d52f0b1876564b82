"""Nouns → Verdict, PromptDiff. Pure arithmetic."""
