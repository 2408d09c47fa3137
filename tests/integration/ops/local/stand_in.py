"""A stand-in for the local cloud's process, started as `spendsense up` starts the real one."""

import subprocess
from pathlib import Path

from ops.local import daemon

STAND_IN = """
import argparse, fcntl, http.server, json, os, pathlib, signal, sys, threading
parser = argparse.ArgumentParser()
for name in ("--data-dir", "--port", "--speed"):
    parser.add_argument(name)
options = parser.parse_args()
home = pathlib.Path(options.data_dir)
if (home / "broken").exists():
    sys.exit("this part is broken")
lock = (home / "lock").open("w")
fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
if not (home / "says-nothing").exists():
    lock.write(str(os.getpid()))
    lock.flush()

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((home / "health.json").read_bytes())

server = http.server.HTTPServer(("127.0.0.1", 0), Health)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
written = {
    "endpoint": f"http://127.0.0.1:{server.server_port}", "region": "us-west-1", "account_id": "123456789012",
    "pid": os.getpid(), "image_store": str(home / "images"), "speed": float(options.speed),
}
(home / "endpoint.json.new").write_text(json.dumps(written))
(home / "endpoint.json.new").replace(home / "endpoint.json")
server.serve_forever()
(home / "endpoint.json").unlink()
if (home / "ends-slowly").exists():  # as one that gives its memory back: without lock and command line, but still there
    lock.close()
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(1)"])
"""


STARTED: list[subprocess.Popen[bytes]] = []


def start(data_dir: Path) -> subprocess.Popen[bytes]:
    options = daemon.StartOptions(data_dir=data_dir, port=None, speed=5)
    _, child = daemon.start(options, before_waiting=lambda: None, before_stopping=lambda: None)
    STARTED.append(child)
    return child
