"""The error of a label document that can't be part of a merged file."""


class Unreadable(Exception):
    """The document is broken. The message names the fault, as a clause that begins with the document."""
