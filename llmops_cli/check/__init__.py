"""A Subject → Problems. One lint rule per file, its code in the file's name."""
