"""`spendsense build`: makes the image of a source tree without Docker and registers it under tag and digest."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

from ops.aws.clients import Aws
from ops.configuration import PROJECT_ROOT
from ops.console import Console
from ops.environment import Environment, EnvironmentName
from ops.errors import BuildFailed, Misuse
from ops.guide import command_for, command_in
from ops.image import registry as image
from ops.image import source
from ops.image.layer_tar import archive
from ops.image.layers import ensure_layer, is_whole, making, place
from ops.image.registry import Labels, Layer, blob_path, digest_of, repository_uri, store_image
from ops.image.unpack import compile_bytecode
from ops.log_text import last_of

# Part of the dependency layer's key: raise it when the recipe below changes.
RECIPE = "3"
UV_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    source: Path = PROJECT_ROOT
    tag: str | None = None
    register: bool = True  # False: make the layers, but leave the registry as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image in the registry."""

    image: str
    digest: str
    tag: str
    layers: tuple[Layer, ...]
    made: int  # layers that did not exist before
    schema_head: str | None
    seconds: float

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "image": self.image,
            "digest": self.digest,
            "tag": self.tag,
            "layers": [{"digest": layer.digest, "size": layer.size} for layer in self.layers],
            "seconds": self.seconds,
        }

    def show(self, console: Console) -> None:
        mib = sum(layer.size for layer in self.layers) / 2**20
        console.result(f"Built {self.tag} in {self.seconds:.2f} s ({self.made} new layers, {mib:.0f} MiB)")
        console.result(self.image)


def check(name: EnvironmentName) -> None:
    """Errors: Misuse for an environment without an image store."""
    if not name.is_local:
        raise Misuse(
            f"--env {name}: {name} runs container images, and this command builds images for local environments only",
            next_step="build the image from the Dockerfile and push it to ECR, then "
            f"`{command_for(name, 'deploy --tag TAG')}` or `--image REPOSITORY@sha256:...`",
        )


def run(aws: Aws, options: Options, console: Console) -> Built:
    """Build the missing layers of the image, register it, and return its pinned reference.

    Errors: Misuse for an environment without an image store; BuildFailed.
    """
    started = time.monotonic()
    store = image_store(aws.environment)
    tree = options.source.absolute()
    files = source.application_files(tree)
    version = source.version_of(tree, files, options.tag)
    dependencies, made_dependencies = dependency_layer(store, tree / source.REQUIREMENTS, console)
    application, made_application = application_layer(store, tree, files)
    head = source.schema_head(files)
    manifest = store_image(
        store,
        dependencies=dependencies,
        application=application,
        labels=Labels(revision=version.revision, schema_head=head, schema_revisions=source.schema_revisions(files)),
    )
    digest = digest_of(manifest)
    tag = register(aws, manifest, version, console) if options.register else free_tag(aws, manifest, version)
    return Built(
        image=f"{repository_uri(aws)}@{digest}",
        digest=digest,
        tag=tag,
        layers=(dependencies, application),
        made=made_dependencies + made_application,
        schema_head=head,
        seconds=round(time.monotonic() - started, 3),
    )


def register(aws: Aws, manifest: bytes, version: source.SourceVersion, console: Console) -> str:
    """Push under the version's tag; a tag that the user did not choose is changed when it names another image."""
    if version.is_chosen:
        refuse_other_content(aws, manifest, version.tag)
    if image.tagged_digest(aws, version.tag) == digest_of(manifest):
        console.say(f"Tag {version.tag} already names this image")
    alternative = f"{version.tag}-{digest_of(manifest).removeprefix('sha256:')[: source.SHORT]}"
    return image.push(aws, manifest, [version.tag] if version.is_chosen else [version.tag, alternative])


def free_tag(aws: Aws, manifest: bytes, version: source.SourceVersion) -> str:
    """Return the tag that a build would get, without registering it. Errors: BuildFailed, as `register`."""
    if version.is_chosen:
        refuse_other_content(aws, manifest, version.tag)
    return version.tag


def refuse_other_content(aws: Aws, manifest: bytes, tag: str) -> None:
    """Check a tag. Errors: BuildFailed, with next steps, when it names an image with other content."""
    known = image.tagged_digest(aws, tag)
    if known is not None and known != digest_of(manifest):
        raise BuildFailed(
            f"tag {tag} already names another image, {known}; this source gives {digest_of(manifest)}, and tags "
            "never move",
            next_step=f"deploy this source under another tag (`--tag OTHER`) or without --tag; or deploy {tag}: "
            f"`{command_in(aws.environment, f'deploy --tag {tag}')}` without --source",
        )


def image_store(environment: Environment) -> Path:
    """Return where bundles are stored. Errors: Misuse."""
    check(environment.name)
    assert environment.local is not None  # noqa: S101 - the local environment has been found
    return environment.local.image_store


def dependency_layer(store: Path, requirements: Path, console: Console) -> tuple[Layer, bool]:
    """Make a virtual environment of the locked requirements, once per requirements file and interpreter."""
    interpreter = Path(sys.executable).resolve()
    key = "\n".join(
        [
            f"recipe {RECIPE}",
            f"python {platform.python_implementation()} {platform.python_version()} {sysconfig.get_platform()}",
            f"interpreter {interpreter}",
            hashlib.sha256(requirements.read_bytes()).hexdigest(),
        ]
    )
    recipe = store / "recipes" / hashlib.sha256(key.encode()).hexdigest()
    hex_digest = recipe.read_text() if recipe.is_file() else ""
    if hex_digest and is_whole(store / "layers" / hex_digest) and blob_path(store, hex_digest).is_file():
        for used in (recipe, blob_path(store, hex_digest)):  # the local cloud removes what was not used for a time
            os.utime(used)
        return layer_at(store, hex_digest), False

    def fill(directory: Path) -> None:
        console.say(f"Installing {requirements.name} into a new layer ...")
        # Relocatable, because the finished layer is renamed into place.
        uv("venv", "--quiet", "--relocatable", "--allow-existing", "--python", str(interpreter), str(directory))
        uv(
            "pip",
            "sync",
            "--quiet",
            "--python",
            str(directory / "bin" / "python"),
            "--require-hashes",
            "--compile-bytecode",
            # Links would share the cache's files, which sealing would make read-only.
            "--link-mode=copy",
            str(requirements),
        )

    with making(store) as directory:
        fill(directory)
        hex_digest = archive(store, directory)
        made = place(store, hex_digest, directory)
    recipe.parent.mkdir(exist_ok=True)
    recipe.write_text(hex_digest)
    return layer_at(store, hex_digest), made


def application_layer(store: Path, tree: Path, files: list[Path]) -> tuple[Layer, bool]:
    """Make a layer of the application's files with their bytecode, named by its content."""
    hex_digest = archive(store, tree, [path.relative_to(tree).as_posix() for path in files])

    def fill(directory: Path) -> None:
        for path in files:
            copy = directory / path.relative_to(tree)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        compiled, output = compile_bytecode(directory)
        if not compiled:
            why = "\n".join(last_of(output.strip().splitlines()))
            raise BuildFailed(
                f"{tree}: a module does not compile:\n{why}", next_step="correct it, then run the command again"
            )

    made = ensure_layer(store, hex_digest, fill)
    return layer_at(store, hex_digest), made


def layer_at(store: Path, hex_digest: str) -> Layer:
    return Layer(digest=f"sha256:{hex_digest}", size=blob_path(store, hex_digest).stat().st_size)


def uv(*arguments: str) -> None:
    """Run the project's own uv. Errors: BuildFailed with its last lines."""
    program = Path(sys.executable).parent / "uv"
    # An environment that happens to be active must not become the install target.
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    try:
        subprocess.run(
            [program, *arguments],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            timeout=UV_TIMEOUT_S,
        )
    except FileNotFoundError as exc:
        raise BuildFailed(f"{program} is missing", next_step="set the project up again: `make up`") from exc
    except subprocess.CalledProcessError as exc:
        tail = "\n".join(last_of(exc.stdout.splitlines()[-20:]))
        raise BuildFailed(
            f"uv {arguments[0]} failed (exit status {exc.returncode}):\n{tail}",
            next_step="correct requirements.txt (`make requirements`) or the network, then build again",
        ) from exc
    except subprocess.TimeoutExpired as exc:
        raise BuildFailed(f"uv {arguments[0]} did not finish within {UV_TIMEOUT_S} s") from exc
