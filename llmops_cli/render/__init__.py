"""Prompt and variables → Request. The only importer of jinja2."""
