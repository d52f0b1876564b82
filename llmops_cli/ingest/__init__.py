"""Another tool's format → the text of our files. One importer per file."""
