"""The one error of the embedded stack."""


class StackError(Exception):
    """The stack can't run: one line that says what is wrong and how to mend it."""
