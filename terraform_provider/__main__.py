"""`python -m terraform_provider`: the program that Terraform starts."""

import logging
import sys

from terraform_provider.plugin.process import serve
from terraform_provider.plugin.provider import Provider
from terraform_provider.schema.catalogue import Catalogue


def main() -> int:
    # Terraform reads the level from a line's first word and shows the lines that TF_LOG asks for.
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="[%(levelname)s] %(name)s: %(message)s")
    for noisy in ("botocore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return serve(Provider(Catalogue()).procedures())


if __name__ == "__main__":
    sys.exit(main())
