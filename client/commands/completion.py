"""`orderly completion`: the script that completes commands and flags in a shell."""

import click
from click.shell_completion import get_completion_class

VARIABLE = "_ORDERLY_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script for completion in a shell."""
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click has a class for each choice
    click.echo(found(context.find_root().command, {}, "orderly", VARIABLE).source())
