"""A program that stands for a container engine: it notes each request, and its one container is this program itself."""

import json
import os
import platform
import signal
import sys
from pathlib import Path
from typing import Any

HERE = Path(globals().get("PLACE", "."))
SCRIPT = """#!{python}
import runpy
runpy.run_path({path!r}, {{"PLACE": {place!r}}}, "__main__")
"""


class StandIn:
    """Makes it answer, and tells what it was asked."""

    def __init__(self, directory: Path, name: str = "podman") -> None:
        self.directory = directory
        self.program = directory / name
        directory.mkdir(exist_ok=True)
        self.program.write_text(SCRIPT.format(python=sys.executable, path=__file__, place=str(directory)))
        self.program.chmod(0o755)

    def says(self, request: str, text: str) -> None:
        """Set what it prints for a request, by its first words."""
        (self.directory / f"says-{request.replace(' ', '-')}").write_text(text)

    def refuses(self, request: str, text: str) -> None:
        """Have it refuse a request."""
        (self.directory / f"refuses-{request.replace(' ', '-')}").write_text(text)

    def state(self, **fields: Any) -> None:
        (self.directory / "state").write_text(json.dumps(fields))

    @property
    def calls(self) -> list[dict[str, Any]]:
        path = self.directory / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def words_of(self, request: str) -> list[list[str]]:
        """Return the words of each request that begins so, without these."""
        first = request.split()
        return [call["words"][len(first) :] for call in self.calls if call["words"][: len(first)] == first]


def main(words: list[str]) -> int:
    call: dict[str, Any] = {"words": words}
    if words[0] == "create":
        names = [words[at + 1] for at, word in enumerate(words) if word == "--env"]
        call["given"] = {name: os.environ[name] for name in names}
        call["file"] = Path(words[words.index("--env-file") + 1]).read_text()
    if words[0] == "load":
        (HERE / "loaded.tar").write_bytes(sys.stdin.buffer.read())
    with (HERE / "calls").open("a") as calls:
        calls.write(json.dumps(call) + "\n")
    for length in (2, 1):
        name = "-".join(words[:length])
        if (HERE / f"refuses-{name}").exists():
            sys.stderr.write((HERE / f"refuses-{name}").read_text() + "\n")
            return 125
        if (HERE / f"says-{name}").exists():
            say((HERE / f"says-{name}").read_text())
            return 0
    return answer(words)


def answer(words: list[str]) -> int:
    if words[0] == "info":
        say(f"9.9.9 {platform.release()}")
    elif words[:2] == ["container", "inspect"]:
        say((HERE / "state").read_text())
    elif words[:2] == ["kill", "--signal"]:
        os.kill(json.loads((HERE / "state").read_text())["Pid"], int(words[2]))
    elif words[:2] == ["start", "--attach"]:
        return contained()
    return 0


def contained() -> int:
    """Run until SIGTERM, then end with 7."""
    state = {"Pid": os.getpid(), "ExitCode": 0, "StartedAt": "2026-01-01T00:00:00Z", "OOMKilled": False}
    signal.signal(signal.SIGTERM, lambda *_: None)
    say("hello")
    write("state", json.dumps(state))
    signal.pause()
    write("state", json.dumps(state | {"Pid": 0, "ExitCode": 7}))
    return 7


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write(name: str, text: str) -> None:
    (HERE / f".{name}").write_text(text)
    (HERE / f".{name}").replace(HERE / name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
