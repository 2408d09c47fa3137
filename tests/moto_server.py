"""moto's server in its own process, as an AWS-compatible endpoint for tests.

In the process of a test, moto would share the classes that the local cloud's tests change. Also, Python 3.11 cannot
parse source in two threads at once (python/cpython#106905), and Hypothesis and moto both parse source while they work.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Prints its URL, and ends when its standard input does.
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
"""


@contextmanager
def moto_server() -> Iterator[str]:
    """Run the server; the value is its URL. Errors: RuntimeError if it ends before it serves."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        url = server.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"moto's server ended with {server.wait()} before it served")
        try:
            yield url
        finally:
            server.stdin.close()
            server.wait()
