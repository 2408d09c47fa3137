"""An environment that `up` has created and `down` has stopped: several modules of one worker start from it.

What an `up` has written names the directory and the load balancer's port, so each gets it at the same place.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.command import Spendsense


@dataclass
class PreparedHome:
    """The copy to begin with, once there is one. modules: how many want it."""

    copy: Path
    modules: int

    def up(self, spendsense: Spendsense, *options: str) -> Any:
        """Start the environment as nobody has used it yet; return what `up --json` printed.

        One module alone makes it at once: to make, stop and start it takes longer.
        """
        if self.modules < 2:
            return spendsense.first_up(*options)
        if self.copy.exists():
            shutil.rmtree(spendsense.home)
            copied(self.copy, spendsense.home)
        else:
            spendsense.first_up()
            spendsense("down")
            copied(spendsense.home, self.copy)
        return spendsense.json("up", "--port", "0", *options)


def copied(home: Path, there: Path) -> None:
    """Copy a home. Its images are shared: nothing that has one ever writes to it."""
    environment = there / "local"
    environment.mkdir(parents=True)
    for path in (home / "local").iterdir():
        subprocess.run(["cp", "-al" if path.name == "images" else "-a", path, environment], check=True)
