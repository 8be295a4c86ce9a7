"""The error of the embedded stack."""


class StackError(Exception):
    """The stack cannot run; the message is one line with the problem and its fix."""
