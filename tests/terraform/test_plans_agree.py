"""The stand-in plans what the real provider plans: for our code, and for values at random of each type that it uses."""

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from ops.cost import terraform
from ops.cost.plan_endpoint import plan_endpoint
from scripts.provider_schema.circumstances import CONDITIONS, STATES
from scripts.provider_schema.plugin import PlannedChange, Refused, find_provider, planned_change
from scripts.provider_schema.probing import Prober, settled
from scripts.provider_schema.proposal import proposed
from scripts.provider_schema.real_provider import DEFAULT_TAGS, SETTINGS, Restartable
from terraform_provider.planning import Provider, plan
from terraform_provider.protobuf import Message
from terraform_provider.runner.mirror import ADDRESS, EXECUTABLE, PROJECT, VERSION, system
from terraform_provider.schema.catalogue import Catalogue
from terraform_provider.values.unknown import Value
from terraform_provider.values.wire import unpacked
from tests.terraform import existing, planning
from tests.terraform.agreement import differences, listed
from tests.terraform.recorder import recorded

pytestmark = pytest.mark.full
TYPES = Catalogue().resources
# A plan of it takes the real provider seconds.
SLOW = {"aws_wafv2_web_acl"}
TRIES = 40
DEEPEST = 3


@pytest.fixture(scope="module")
def program() -> Path:
    settings = os.environ.get("TF_CLI_CONFIG_FILE")
    found = find_provider(Path(settings)) if settings and Path(settings).exists() else None
    if found is None:
        pytest.skip("the real provider is not at hand: TF_CLI_CONFIG_FILE names no mirror with it")
    return found


@pytest.fixture(scope="module")
def real(program: Path) -> Iterator[Restartable]:
    provider = Restartable(program)
    yield provider
    provider.close()


def recording_mirror(directory: Path, program: Path, kept: Path) -> Path:
    """Write a mirror whose provider passes all on to the real one and keeps the plans; give its configuration."""
    place = directory / "mirror" / ADDRESS / VERSION / system()
    place.mkdir(parents=True)
    launcher = place / f"terraform-provider-aws_v{VERSION}"
    launcher.write_text(
        f"#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -P -m tests.terraform.recorder {program} {kept}\n"
    )
    launcher.chmod(EXECUTABLE)
    configuration = directory / "terraform.rc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{directory}/mirror"\n  }}\n}}\n'
    )
    return configuration


def default_tags(planned: PlannedChange, config: dict[str, Any]) -> dict[str, Value]:
    """Read the provider's default tags from a plan: what is in `tags_all` and not in `tags`."""
    everything, own = planned.value.get("tags_all"), config.get("tags") or {}
    return {key: value for key, value in everything.items() if key not in own} if isinstance(everything, dict) else {}


@pytest.mark.parametrize("variant", ["local", "dev", "staging", "prod", "everything", "options"])
def test_both_providers_plan_our_code_the_same_way(
    variant: str, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan from nothing, then over the state that this would lead to."""
    kept = tmp_path / "plans"
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(recording_mirror(tmp_path, program, kept)))
    planning.program()
    ready = terraform.prepare(tmp_path / "terraform")
    planning.show_what_is_ignored(ready.directory)
    environment, variables = (planning.VARIANTS | planning.OF_OPTIONS).get(variant, (variant, ()))
    arguments = terraform.arguments(environment, variables)
    with plan_endpoint(hosted_zones=terraform.hosted_zones(arguments)) as endpoint:
        first = ready.plan(endpoint, arguments)
        existing.write_schema(ready, tmp_path / "schema.json")
        made = existing.state_of(first, json.loads((tmp_path / "schema.json").read_text()))
        (tmp_path / "made.tfstate").write_text(json.dumps(made))
        ready.plan(endpoint, [*arguments, "-refresh=false", f"-state={tmp_path / 'made.tfstate'}"])
    compared, wrong = 0, []
    for request, answer in recorded(kept):
        asked, answered = Message.decoded(request), planned_change(Message.decoded(answer))
        kind = asked.text(1)
        prior, wanted, config = (unpacked(asked.nested(field).content(1)) for field in (2, 3, 4))
        if wanted is None or answered.value is None:
            continue
        provider = Provider(default_tags(answered, config), "us-west-1")
        wrong += differences(kind, answered, plan(kind, TYPES[kind]["block"], prior, wanted, config, provider))
        compared += 1
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert compared > len(first["resource_changes"])


def paths(block: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Walk to everything that a configuration may set."""
    for name, each in block.get("attributes", {}).items():
        if (each.get("optional") or each.get("required")) and (*path, name) != ("id",):
            yield (*path, name), each
    for name, nested in block.get("block_types", {}).items():
        if nested["nesting_mode"] != "single":
            yield (*path, name), nested
            if len(path) < DEEPEST:
                yield from paths(nested["block"], (*path, name))


def configuration(
    prober: Prober, kind: str, chosen: list[tuple[tuple[str, ...], dict[str, Any]]], by: random.Random
) -> dict[str, Value]:
    """Set a few arguments to values at random; where two are in one block the later one's block counts."""
    config = dict(prober.base)
    for path, described in chosen:
        condition = CONDITIONS.get(kind)
        if condition and path == (condition.attribute,):
            value: Value = by.choice(condition.values)
        elif "nesting_mode" in described:
            value = by.choice([[], [prober.element(described["block"])]])
        else:
            values = prober.samples(path, described["type"])
            value = by.choice(values if described.get("required") else (*values, None))
        config[path[0]] = prober.with_value(path, value)[path[0]]
    return config


@pytest.mark.parametrize("kind", sorted(TYPES.keys() - SLOW))
def test_both_providers_plan_random_values_the_same_way(kind: str, real: Restartable) -> None:
    block, by = TYPES[kind]["block"], random.Random(kind)  # noqa: S311 - the same values in every run
    everything = list(paths(block))
    provider = Provider(DEFAULT_TAGS, SETTINGS["region"])
    compared, wrong = 0, []

    def compare(prior: Value, config: dict[str, Value]) -> Value:
        nonlocal compared
        wanted = proposed(block, prior, config)
        planned = real().plan(kind, prior, wanted, config)
        compared += 1
        wrong.extend(differences(kind, planned, plan(kind, block, prior, wanted, config, provider)))
        return planned.value

    for _ in range(TRIES):
        prober = Prober(real(), kind, block)
        chosen = by.sample(everything, min(len(everything), by.randint(1, 3)))
        try:
            state = settled(block, compare(None, configuration(prober, kind, chosen, by)))
            compare(state | STATES.get(kind, {}), configuration(prober, kind, chosen, by))
        except Refused:
            continue
        except grpc.RpcError:  # the real provider crashed
            real(restart=True)
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert compared > TRIES / 4


def test_the_page_lists_only_types_that_there_are() -> None:
    assert listed()
    assert {name.partition(".")[0] for name in listed()} <= TYPES.keys()
