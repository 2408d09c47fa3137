"""Write the reference pages that are made from the code: `make docs`. With --check: say which are not current."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from pydantic import SecretStr  # noqa: E402

from app.main import create_app  # noqa: E402
from app.platform.settings import Environment, Settings  # noqa: E402
from scripts.terraform_page import terraform_page  # noqa: E402
from tests.conformance.reference import localcloud_page  # noqa: E402

REFERENCE = PROJECT / "docs" / "reference"
MADE = "<!-- Made by `make docs` from {source}; edit that. -->"
METHODS = ("get", "post", "put", "patch", "delete")


def settings_page() -> str:
    """Every environment variable of the backend."""
    lines = [
        "# Settings of the backend",
        MADE.format(source="`app/platform/settings.py`"),
        "",
        "Environment variables, read once at the start. If one is missing or invalid, the process prints its name and",
        'exits. Those marked "secret" come from Secrets Manager (`secrets` of the task definition), and are never',
        "logged.",
        "",
        "| variable | meaning | default |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        meaning = (field.description or "").replace("|", "\\|")
        if "SecretStr" in repr(field.annotation):
            meaning += " (secret)"
        lines.append(f"| `{name.upper()}` | {meaning} | {default_of(field)} |")
    return "\n".join(lines) + "\n"


def default_of(field: Any) -> str:
    """As a person would set it."""
    if field.is_required():
        return "**required**"
    if field.default is None:
        return "unset"
    if isinstance(field.default, tuple):
        return ", ".join(f"`{item}`" for item in field.default) or "empty"
    return f"`{field.default}`"


def api_page() -> str:
    """Every operation of the API."""
    document = example_application().openapi()
    lines = [
        "# The API",
        MADE.format(source="the routes of `app/`"),
        "",
        "The full document, with every field, example and error, is `/openapi.json` of the running service; `/docs`",
        "shows it where ENVIRONMENT is local or dev. Errors are `application/problem+json` (RFC 9457). `bearer`:",
        "needs an access token.",
        "",
        "| operation | what it does | answers | who |",
        "| --- | --- | --- | --- |",
    ]
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method not in operations:
                continue
            operation = operations[method]
            meaning = " ".join(operation.get("description", operation["summary"]).split("\n\n")[0].split())
            answers = ", ".join(sorted(operation["responses"]))
            who = "bearer" if operation.get("security") else "anyone"
            lines.append(f"| `{method.upper()} {path}` | {meaning} | {answers} | {who} |")
    return "\n".join(lines) + "\n"


def example_application() -> Any:
    """The application, connected to nothing: only its OpenAPI document is read."""
    return create_app(
        Settings(
            environment=Environment.PROD,
            database_url=SecretStr("postgresql://user:password@127.0.0.1/name"),
            redis_url=SecretStr("redis://127.0.0.1/0"),
            jwt_secret_key=SecretStr("k" * 32),
            data_bucket="bucket",
            aws_region="us-west-1",
        )
    )


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api_page,
    "localcloud.md": localcloud_page,
    "settings.md": settings_page,
    "terraform.md": terraform_page,
}


def main() -> int:
    """0 when all is written or current, 1 when a page is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page is not current")
    check = parser.parse_args().check
    stale = []
    for name, made in PAGES.items():
        path, text = REFERENCE / name, made()
        if path.exists() and path.read_text() == text:
            continue
        stale.append(f"docs/reference/{name}")
        if not check:
            path.write_text(text)
    if stale:
        sys.stdout.write(f"{'not current, run `make docs`' if check else 'written'}: {', '.join(stale)}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
