"""A git-native prompt registry and CI regression gate."""

__version__ = "0.1.0"
