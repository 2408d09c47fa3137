"""Reads the schema: the provider's own block, and those of all its resource and data source types."""

import functools
import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from terraform_provider.schema import encoding

FILE = Path(__file__).parent / "aws.json.gz"
Schema = Mapping[str, Any]
"""`version` and `block`, as `terraform providers schema -json` prints them."""


class Catalogue:
    """All schemas, by type; `file` has the layout of one provider in `terraform providers schema -json`."""

    def __init__(self, file: Path = FILE) -> None:
        self._compressed = file.read_bytes()

    @functools.cached_property
    def _all(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = json.loads(gzip.decompress(self._compressed))
        return content

    @property
    def provider(self) -> Schema:
        schema: Schema = self._all["provider"]
        return schema

    @property
    def resources(self) -> Mapping[str, Schema]:
        schemas: Mapping[str, Schema] = self._all["resource_schemas"]
        return schemas

    @property
    def data_sources(self) -> Mapping[str, Schema]:
        schemas: Mapping[str, Schema] = self._all["data_source_schemas"]
        return schemas

    def encoded(self) -> bytes:
        """Return GetSchema's response; cached on disk, as a plan and an apply start ten processes."""
        source = self._compressed + Path(encoding.__file__).read_bytes()
        name = f"{hashlib.sha256(source).hexdigest()[:24]}.schema"
        return kept_or_made(name, lambda: encoding.encoded(self._all))


def kept_or_made(name: str, make: Callable[[], bytes]) -> bytes:
    """Return the response that an earlier process cached, if a directory for it exists; otherwise create it."""
    base = os.environ.get("XDG_CACHE_HOME")
    own = Path(base) if base else Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"
    kept = own / "terraform-provider" / name
    try:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if kept.parent.stat().st_uid != os.getuid():
            return make()
        if kept.exists():
            return kept.read_bytes()
        made = make()
        temporary = kept.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(made)
        temporary.replace(kept)
    except OSError:
        return make()
    return made
