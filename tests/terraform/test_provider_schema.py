"""The stand-in's schema is the real provider's. Needs the real provider."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.provider_schema.__main__ import learnt
from scripts.provider_schema.extract import cut
from scripts.provider_schema.plugin import find_provider
from scripts.provider_schema.real_provider import Restartable
from terraform_provider.planning.model import FACTS
from terraform_provider.schema.catalogue import Catalogue

FLAGS = ("required", "optional", "computed", "write_only")
LEARNT = (set(FACTS) - set(FLAGS)) | {"members"}


@pytest.fixture(scope="module")
def real() -> Iterator[Restartable]:
    settings = os.environ.get("TF_CLI_CONFIG_FILE")
    program = find_provider(Path(settings)) if settings and Path(settings).exists() else None
    if program is None:
        pytest.skip("the real provider is not at hand: TF_CLI_CONFIG_FILE names no mirror with it")
    provider = Restartable(program)
    yield provider
    provider.close()


def committed() -> dict[str, Any]:
    catalogue = Catalogue()
    return {
        "provider": catalogue.provider,
        "resource_schemas": catalogue.resources,
        "data_source_schemas": catalogue.data_sources,
    }


def bare(value: Any) -> Any:
    """Leave out what was learnt."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: bare(each) for name, each in value.items()}
    if "nesting_mode" in kept:
        kept.pop("computed", None)
    if "type" in kept or "nesting_mode" in kept:
        kept = {name: each for name, each in kept.items() if name not in LEARNT}
    return kept


def test_the_committed_schema_is_that_of_the_real_provider(real: Restartable) -> None:
    wanted = json.loads(json.dumps(cut(real.schemas)))
    found = bare(committed())
    assert found["provider"] == wanted["provider"]
    for section in ("resource_schemas", "data_source_schemas"):
        assert found[section].keys() == wanted[section].keys()
        for kind, schema in wanted[section].items():
            assert found[section][kind] == schema, f"{kind}: run `python -m scripts.provider_schema`"


@pytest.mark.full
def test_what_was_learnt_is_what_the_real_provider_plans_today(real: Restartable) -> None:
    today = json.loads(json.dumps(learnt(real)))
    for kind, schema in committed()["resource_schemas"].items():
        assert schema == today["resource_schemas"][kind], f"{kind}: run `python -m scripts.provider_schema`"
