"""Policies in IAM's responses."""

from typing import Any
from urllib.parse import unquote

from terraform_provider.framework.json_text import normal_json
from terraform_provider.values.go_json import written


def document(found: Any) -> Any:
    """Return a policy's text; botocore has parsed it where it could."""
    return normal_json(unquote(found)) if isinstance(found, str) else written(found)
