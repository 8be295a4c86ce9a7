"""Run pytest in a temporary folder of its own, and end with its exit code whatever the interpreter's own end does.

Temporal's native threads were seen to abort an interpreter that ends after a worker ran in it.
A folder of its own, because pytest closes the one that it shares between its runs to other users at each start:
under root, PostgreSQL runs as another user, and a second run took the first one's server its data.
SIGHUP is heard again where `nohup` had it ignored: the stacks that tests start would inherit that, and keep to it.
"""

import os
import shutil
import signal
import sys
import tempfile

import pytest

if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="orderly-tests-")
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    code = pytest.main(["--basetemp", os.path.join(folder, "t"), *sys.argv[1:]])  # noqa: PTH118 (a flag's text)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED and "-m" in sys.argv:
        code = pytest.ExitCode.OK  # of a part, the other half of `make test` may have it all
    if code == pytest.ExitCode.OK:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code))
