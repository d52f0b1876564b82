"""Request → Completion or Failure. One provider per file; the only network."""
