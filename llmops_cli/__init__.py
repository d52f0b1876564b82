"""A git-native prompt registry and CI regression gate."""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Return `prompts`, the loader of an application: imported when it is first asked for."""
    if name != "prompts":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    # By its name: to the layers the package itself is none, and everything below it may import its version.
    found: object = importlib.import_module("llmops_cli.runtime").prompts
    globals()["prompts"] = found
    return found
