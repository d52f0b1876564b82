"""The terminal: parse, call one flow, print, exit."""
