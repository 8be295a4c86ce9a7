"""Local attempts: how long one may take, and the errors that end it without an outcome."""

LOCAL_SECONDS = 3.0
"""A local attempt that takes longer is handed over: its call goes on, and a remote activity waits for its outcome."""
HANDED_OVER = "handed_over"
NO_LOCAL_SLOT = "no_local_slot"
UNFINISHED = frozenset({HANDED_OVER, NO_LOCAL_SLOT})
"""Types of errors that say nothing about the call: a remote attempt follows at once."""
