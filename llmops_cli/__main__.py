"""The `llmops` program."""

import sys


def main() -> int:
    """Run the command line; `--version` alone is answered before anything is imported."""
    if sys.argv[1:] == ["--version"]:
        from llmops_cli import __version__

        sys.stdout.write(f"llmops {__version__}\n")
        return 0
    from llmops_cli.cli.run import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
