"""Another tool's prompt files ↔ ours. One tool a file: `read` brings in, `write` takes out. Never executes anything."""
