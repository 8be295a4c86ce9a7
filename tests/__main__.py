"""Run pytest in its own temporary folder and exit with its code.

- The process ends with `os._exit`, because Temporal's native threads can abort an interpreter that exits normally.
- Each run has its own folder: pytest makes its shared folder inaccessible to other users at each start, and under
  root PostgreSQL runs as another user, so a second run would break the first one's server.
- The process restores SIGHUP's default action: the stacks that tests start would inherit it as ignored from `nohup`.
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
        code = pytest.ExitCode.OK  # all selected tests may belong to the other half of `make test`
    if code == pytest.ExitCode.OK:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code))
