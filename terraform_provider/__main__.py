"""`python -m terraform_provider`: the program that Terraform starts; with `--debug`, one to which Terraforms attach."""

import logging
import sys

from terraform_provider.plugin import debugging, process
from terraform_provider.plugin.provider import Provider
from terraform_provider.runner.mirror import ADDRESS
from terraform_provider.schema.catalogue import Catalogue


def main() -> int:
    # Terraform reads the level from a line's first word and shows the lines that TF_LOG asks for.
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="[%(levelname)s] %(name)s: %(message)s")
    for noisy in ("botocore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    catalogue = Catalogue()
    if sys.argv[1:] == ["--debug"]:
        return debugging.serve(lambda: Provider(catalogue).procedures(), ADDRESS)
    return process.serve(Provider(catalogue).procedures())


if __name__ == "__main__":
    sys.exit(main())
