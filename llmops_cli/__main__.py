"""The `llmops` program."""

import sys


def main() -> int:
    """Run the command line; `--version` alone is answered before anything is imported."""
    if sys.argv[1:] == ["--version"]:
        from llmops_cli import __version__

        try:
            sys.stdout.write(f"llmops {__version__}\n")
            sys.stdout.flush()
        except OSError as error:
            sys.stderr.write(f"error: {error.strerror}\n")
            sys.stdout = None  # what is left in it cannot be written at exit either
            return 4
        return 0
    import gc

    gc.set_threshold(50_000, 20, 50)  # imports make many objects and no garbage: 15 ms of a command's start
    from llmops_cli.cli.run import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
