"""Unpacks layers from the registry to directories in the image store, as the local cloud's tasks need them."""

import compileall
import contextlib
import io
import json
import tarfile
from pathlib import Path
from py_compile import PycInvalidationMode

from ops.image.layers import ensure_layer
from ops.image.registry import STORE_TOKEN, blob_path, write_blob


def unpack(store: Path, manifest: bytes) -> None:
    """Create the missing directories of layers, as a build would. The registry has the layers' tars.

    Images of a container engine are excluded: the local cloud unpacks those itself.
    """
    write_blob(store, manifest)
    fields = json.loads(manifest)
    if "config" not in fields or STORE_TOKEN not in blob_path(store, fields["config"]["digest"]).read_text():
        return
    for layer in fields["layers"]:
        tar = blob_path(store, layer["digest"])
        ensure_layer(store, layer["digest"].removeprefix("sha256:"), lambda directory, tar=tar: extract(tar, directory))  # type: ignore[misc]


def extract(tar: Path, directory: Path) -> None:
    with tarfile.open(tar) as archive:
        archive.extractall(directory, filter="tar")
    compile_bytecode(directory)


def compile_bytecode(directory: Path) -> tuple[bool, str]:
    """Compile the modules of a layer; say whether all compile, and what the compiler wrote.

    The layer never changes, so Python need not compare source and bytecode at every import.
    """
    output = io.StringIO()  # keeps the compiler's output out of ours
    with contextlib.redirect_stdout(output):
        compiled = compileall.compile_dir(
            directory,
            quiet=1,
            force=True,
            stripdir=str(directory),
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
    return bool(compiled), output.getvalue()
