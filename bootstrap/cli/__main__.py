"""Run the `orderly` command with `python -m bootstrap.cli`."""

from bootstrap.cli.main import main

if __name__ == "__main__":
    main()
