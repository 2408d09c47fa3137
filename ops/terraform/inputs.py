"""Digests everything that an apply depends on: if it is unchanged, there is nothing to apply."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

CODE = ("*.tf", "*.tfvars", "*.tfbackend", "*.json")
NOT_CODE = {".terraform", "__pycache__"}


def digest(base: Path, files: Iterable[Path], texts: Iterable[str] = ()) -> str:
    """Digest files by their name below `base` and content, and further texts."""
    found = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        found.update(f"{file.relative_to(base)}\0{len(content)}\0".encode() + content)
    for text in texts:
        found.update(f"{len(text)}\0{text}".encode())
    return found.hexdigest()


def code_files(source: Path) -> Iterator[Path]:
    """Yield the files of a root module and its own modules that Terraform reads."""
    for pattern in CODE:
        for file in source.rglob(pattern):
            if not NOT_CODE & set(file.relative_to(source).parts):
                yield file


def provider_files(package: Path) -> Iterator[Path]:
    """Yield the files that decide what the stand-in does."""
    yield from package.rglob("*.py")
    yield from package.rglob("*.gz")
