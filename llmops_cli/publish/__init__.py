"""Prompts → another registry over its HTTP API. One registry a file; hosts and keys come from llmops.yaml alone."""
