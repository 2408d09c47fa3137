"""spendsense.toml: what one project's commands need to know of each environment on AWS. Variables override it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from ops.errors import Misuse

PROJECT_ROOT = Path(__file__).resolve().parent.parent
FILE = "spendsense.toml"
FILE_VARIABLE = "SPENDSENSE_CONFIG"
OWNER_VARIABLE = "SPENDSENSE_OWNER_ID"
URL_VARIABLE = "SERVICE_URL"
DEFAULT_REGION = "us-west-1"
URL = re.compile(r"https?://\S+")
ENVIRONMENTS = ("dev", "staging", "prod")
OWN_CREDENTIALS = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""Variables that give this shell an identity, which the file's profile does not replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAws:
    """The settings that reach one environment on AWS. None: not set."""

    region: str | None = field(
        default=None, metadata={"means": "AWS region", "variable": "AWS_REGION", "example": "eu-central-1"}
    )
    profile: str | None = field(
        default=None,
        metadata={
            "means": "AWS profile whose credentials are used, unless the shell has credentials of its own",
            "variable": "AWS_PROFILE",
            "example": "spendsense-dev",
        },
    )
    owner_id: str | None = field(
        default=None,
        metadata={"means": "The `owner_id` of its Terraform", "variable": OWNER_VARIABLE, "example": "jane"},
    )
    url: str | None = field(
        default=None,
        metadata={
            "means": "The URL that clients use",
            "variable": URL_VARIABLE,
            "example": "https://dev.spendsense.example",
        },
    )


def path() -> Path:
    """Return where the file is, or would be."""
    chosen = os.environ.get(FILE_VARIABLE)
    return Path(chosen).absolute() if chosen else PROJECT_ROOT / FILE


def in_file(environment: str) -> OnAws:
    """Return the file's settings for an environment on AWS (`dev`). Errors: Misuse for a file with mistakes."""
    return _read(path(), is_required=bool(os.environ.get(FILE_VARIABLE))).get(environment, OnAws())


def region_of(environment: str) -> tuple[str, str]:
    """Return the region of an environment on AWS, and where it was set. Errors: Misuse."""
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if found := os.environ.get(variable):
            return found, f"from {variable}"
    configured = in_file(environment).region
    return (configured, f"from {path()}") if configured else (DEFAULT_REGION, "the default")


def owner_of(environment: str) -> tuple[str, str]:
    """Return an environment's owner id, unchecked, and where it was set; empty for the only one of its account.

    Errors: Misuse.
    """
    set_to = os.environ.get(OWNER_VARIABLE)
    if set_to is not None:
        return set_to, OWNER_VARIABLE
    return in_file(environment).owner_id or "", f"{path()}: environments.{environment}.owner_id"


def url_of(environment: str) -> str | None:
    """Return the URL that clients use, where it is set. Errors: Misuse."""
    return os.environ.get(URL_VARIABLE) or in_file(environment).url


def profile_of(environment: str) -> str | None:
    """Return the file's profile; None where the shell's own credentials count. Errors: Misuse."""
    return None if any(os.environ.get(each) for each in OWN_CREDENTIALS) else in_file(environment).profile


@cache
def _read(file: Path, *, is_required: bool) -> Mapping[str, OnAws]:
    import tomllib

    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        if is_required:
            raise Misuse(
                f"{file}: does not exist, but {FILE_VARIABLE} names it",
                next_step=f"correct {FILE_VARIABLE}, or `unset {FILE_VARIABLE}`",
            ) from exc
        return {}
    except UnicodeDecodeError as exc:
        raise _wrong(file, f"should be UTF-8 text, found byte 0x{exc.object[exc.start]:02x} at {exc.start}") from exc
    except OSError as exc:
        raise Misuse(
            f"{file}: cannot be read: {exc.strerror}",
            next_step=f"check its permissions; {FILE_VARIABLE} can name another file",
        ) from exc
    except ValueError as exc:
        raise _wrong(file, f"should be TOML: {exc}") from exc
    for key in written.keys() & {each.name for each in fields(OnAws)}:
        raise _wrong(file, f"{key} should be in the table of an environment, such as [environments.dev]")
    _check_keys(file, "", written, ("environments",))
    environments = _table(file, "environments", written.get("environments", {}))
    _check_keys(file, "environments.", environments, ENVIRONMENTS)
    return {name: _environment(file, f"environments.{name}", table) for name, table in environments.items()}


def _environment(file: Path, where: str, value: object) -> OnAws:
    table = _table(file, where, value)
    _check_keys(file, f"{where}.", table, tuple(each.name for each in fields(OnAws)))
    for key, text in table.items():
        if not isinstance(text, str) or not text.strip() or not text.isprintable():
            raise _wrong(file, f"{where}.{key} should be a string on one line, found {text!r}")
    if not URL.fullmatch(str(table.get("url", "https://unset"))):
        raise _wrong(file, f"{where}.url should begin with https:// or http://, found {table['url']!r}")
    return OnAws(**table)


def _table(file: Path, where: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(file, f"{where} should be a table, found {value!r}")
    return value


def _check_keys(file: Path, prefix: str, table: Mapping[str, object], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            meant = f"did you mean {prefix}{near[0]}?" if near else f"should be one of {', '.join(known)}"
            raise _wrong(file, f"{prefix}{key} is not a setting: {meant}")


def _wrong(file: Path, found: str) -> Misuse:
    return Misuse(f"{file}: {found}", next_step="correct the file; docs/reference/configuration.md lists its settings")
