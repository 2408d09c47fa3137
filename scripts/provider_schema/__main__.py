"""Writes terraform_provider/schema/aws.json.gz: `python -m scripts.provider_schema [CLI_CONFIG]`.

CLI_CONFIG is a Terraform CLI configuration that names a mirror with hashicorp/aws; default: $TF_CLI_CONFIG_FILE.
"""

import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any

from scripts.provider_schema.extract import PROJECT, cut
from scripts.provider_schema.learning import Learner
from scripts.provider_schema.plugin import find_provider
from scripts.provider_schema.real_provider import Restartable

FILE = PROJECT / "terraform_provider" / "schema" / "aws.json.gz"
NO_PROVIDER = "no hashicorp/aws found: name a Terraform CLI configuration with a filesystem mirror that has it"


def main(arguments: list[str]) -> int:
    named = arguments[0] if arguments else os.environ.get("TF_CLI_CONFIG_FILE")
    program = find_provider(Path(named)) if named else None
    if program is None:
        sys.stderr.write(f"{NO_PROVIDER}\n")
        return 2
    provider = Restartable(program)
    try:
        FILE.write_bytes(compressed(learnt(provider)))
    finally:
        provider.close()
    return 0


def learnt(provider: Restartable) -> dict[str, Any]:
    """Return the schemas of the types that the code uses, with facts learnt from plans; this takes minutes."""
    schemas = cut(provider.schemas)
    schemas["not_learnt"] = {}
    for kind, schema in schemas["resource_schemas"].items():
        learner = Learner(kind, schema, provider)
        learner.learn()
        schemas["not_learnt"] |= learner.not_learnt
        sys.stderr.write(f"{kind}\n")
    return schemas


def compressed(schemas: dict[str, Any]) -> bytes:
    """Compress reproducibly: the same schemas give the same bytes."""
    return gzip.compress(json.dumps(schemas, separators=(",", ":"), sort_keys=True).encode(), 9, mtime=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
