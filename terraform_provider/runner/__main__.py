"""`python -m terraform_provider.runner ARGUMENTS`: Terraform with the stand-in as its provider."""

import os
import sys
import tempfile
from pathlib import Path

from terraform_provider.runner import mirror, terraform

COULD_NOT_START = 3


def main() -> int:
    try:
        found = terraform.find()
    except terraform.NoTerraform as exc:
        sys.stderr.write(f"terraform_provider: {exc}\n  next: {exc.next_step}\n")
        return COULD_NOT_START
    directory = Path(tempfile.gettempdir()) / f"terraform-provider-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    configuration = mirror.write(directory)
    os.environ["TF_CLI_CONFIG_FILE"] = str(configuration)
    command = [*found.command, *sys.argv[1:]]
    os.execvp(command[0], command)  # noqa: S606
    return COULD_NOT_START


if __name__ == "__main__":
    sys.exit(main())
