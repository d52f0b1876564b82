"""Case and Completion → Score. One scorer per file."""
