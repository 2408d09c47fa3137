"""Finds a type's code: `aws_sns_topic` is in `resources/*/sns_topic.py`, `aws_region` in `data_sources/region.py`.

A module is imported when its type is first needed, as Terraform starts the provider ten times for a plan and an apply.
"""

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import State

PACKAGE = Path(__file__).parents[1]
PREFIX = "aws_"
ReadDataSource = Callable[[Aws, State], State]
R = TypeVar("R", bound=type[Resource])
D = TypeVar("D", bound=ReadDataSource)

_resources: dict[str, Resource] = {}
_data_sources: dict[str, ReadDataSource] = {}


def resource(name: str) -> Callable[[R], R]:
    """Register a class as the code of a resource type."""

    def register(kind: R) -> R:
        _resources[name] = kind()
        return kind

    return register


def data_source(name: str) -> Callable[[D], D]:
    """Register a function as the code of a data source: (AWS, configuration) -> attributes to add."""

    def register(read: D) -> D:
        _data_sources[name] = read
        return read

    return register


def resource_of(name: str) -> Resource:
    """Return a resource type's code. Errors: ProviderError for a type that the stand-in does not serve."""
    if name not in _resources:
        _load("resources", name)
    return _resources[name]


def data_source_of(name: str) -> ReadDataSource:
    """Return a data source's code. Errors: ProviderError for one that the stand-in does not serve."""
    if name not in _data_sources:
        _load("data_sources", name)
    return _data_sources[name]


@functools.cache
def served(folder: str) -> dict[str, str]:
    """Return the types of "resources" or "data_sources" with their modules."""
    root = PACKAGE.parent
    return {
        PREFIX + file.stem: ".".join(file.relative_to(root).with_suffix("").parts)
        for file in (PACKAGE / folder).rglob("*.py")
        if not file.stem.startswith("_")
    }


def _load(folder: str, name: str) -> None:
    if name not in served(folder):
        raise ProviderError(
            f"the stand-in for hashicorp/aws does not serve {name}",
            f"It serves the types that this project's Terraform uses. Add terraform_provider/{folder}/ "
            f"{name.removeprefix(PREFIX)}.py (docs/terraform-provider.md), or use the real provider.",
        )
    importlib.import_module(served(folder)[name])
