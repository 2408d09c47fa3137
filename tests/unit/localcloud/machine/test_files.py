"""Files that a crash cannot tear, with writers that are really killed."""

import subprocess
import sys
from pathlib import Path

from localcloud.machine.files import write_atomically

# The kernel kills it at the eleventh byte.
KILLED_WRITER = """
import resource, signal, sys
from pathlib import Path
from localcloud.machine.files import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
write_atomically(Path(sys.argv[1]), b"new " * 100)
"""


def test_kills_while_writing_leave_the_old_content_and_no_more_and_more_files(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write_atomically(path, b"old")
    for _ in range(3):
        killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path)], check=False)
        assert killed.returncode < 0
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) <= 2
    write_atomically(path, b"newest")
    assert [each.name for each in tmp_path.iterdir()] == ["state"]
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"newest", 0o600)
