"""A state as if a plan had been applied: what only AWS can choose gets a made-up value that names its resource.

A plan from nothing leaves every id and ARN unknown, and with them all that is made of them: the policies, the container
definitions, who may talk to whom. Planned again over this state they are known.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.cost import terraform

# Their id is their ARN.
ARN_IDS = {
    "aws_backup_plan",
    "aws_ecs_cluster",
    "aws_ecs_service",
    "aws_iam_openid_connect_provider",
    "aws_iam_policy",
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_secretsmanager_secret",
    "aws_sns_topic",
}
# Read back and parsed by the code, where a deploy has written it; or checked by the provider.
WRITTEN_LATER = {
    "zone_id": "Z368ELLRRE2KJ0",
    "insecure_value": json.dumps(
        {"image": f"123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense@sha256:{'1' * 64}", "revision": "deployed"}
    ),
}
# Computed lists of which something takes the first element.
FIRST_ELEMENTS = {"domain_validation_options", "master_user_secret"}


def write_schema(workspace: terraform.Workspace, path: Path, code: Path | None = None) -> None:
    """Keep the provider's schema of the resource types that the code uses; `code`: where modules are beside it."""
    types = set()
    for file in [*workspace.directory.rglob("*.tf"), *(code.rglob("*.tf") if code else [])]:
        types |= set(re.findall(r'^resource "(aws_\w+)"', file.read_text(), re.MULTILINE))
    schemas = json.loads(terraform.checked(workspace.run("providers", "schema", "-json")))["provider_schemas"]
    [aws] = [schema for provider, schema in schemas.items() if provider.endswith("/hashicorp/aws")]
    path.write_text(json.dumps({kind: aws["resource_schemas"][kind] for kind in sorted(types)}))


def state_of(plan: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give a state in Terraform's format 4."""
    configuration = Configuration(plan)
    return {
        "version": 4,
        "terraform_version": plan["terraform_version"],
        "serial": 1,
        "lineage": "made-up",
        "outputs": {},
        "resources": [
            {
                **({"module": change["module_address"]} if "module_address" in change else {}),
                "mode": "managed",
                "type": change["type"],
                "name": change["name"],
                "provider": f'provider["{change["provider_name"]}"]',
                "instances": [
                    {
                        **({"index_key": change["index"]} if "index" in change else {}),
                        "schema_version": schema[change["type"]]["version"],
                        "attributes": Filler(change, configuration).block(
                            schema[change["type"]]["block"],
                            change["change"]["after"],
                            change["change"]["after_unknown"],
                        ),
                        "sensitive_attributes": [],
                    }
                ],
            }
            for change in managed_changes(plan)
        ],
    }


def managed_changes(plan: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for change in plan["resource_changes"]:
        if change["mode"] == "managed" and change["type"].startswith("aws_") and change["change"]["after"] is not None:
            yield change


class Filler:
    """Fills what is unknown in one resource."""

    def __init__(self, change: Mapping[str, Any], configuration: "Configuration") -> None:
        self.address = change["address"]
        self.type = change["type"]
        self.references = configuration.references(change)
        self.instances = configuration.instances(change)
        self.set = {name for name, _ in flat(configuration.expressions(change))}

    def block(self, schema: Mapping[str, Any], after: Mapping[str, Any], unknown: Mapping[str, Any]) -> dict[str, Any]:
        filled = {}
        for name, attribute in schema.get("attributes", {}).items():
            kind = attribute.get("type") or nested_type(attribute["nested_type"])
            # What the code leaves to AWS and nobody refers to.
            left = attribute.get("optional") and attribute.get("computed") and name not in {"id", *self.set}
            if left and unknown.get(name) is True:
                filled[name] = empty(kind)
            else:
                filled[name] = self.value(kind, name, after.get(name), unknown.get(name))
        for name, nested in schema.get("block_types", {}).items():
            filled[name] = self.nested(nested, after.get(name), unknown.get(name))
        return filled

    def nested(self, schema: Mapping[str, Any], after: Any, unknown: Any) -> Any:
        if schema["nesting_mode"] in {"single", "group"}:
            return None if after is None else self.block(schema["block"], after, mapping(unknown))
        if not after:
            return []
        unknowns = unknown if isinstance(unknown, list) else [{}] * len(after)
        return [self.block(schema["block"], each, mapping(part)) for each, part in zip(after, unknowns, strict=False)]

    def value(self, kind: Any, name: str, after: Any, unknown: Any) -> Any:
        if unknown is True:
            return self.made_up(kind, name)
        if isinstance(unknown, Mapping) and isinstance(after, Mapping):
            types = kind[1] if isinstance(kind, list) and kind[0] == "object" else {}
            known = {key: after.get(key) for key in after.keys() | unknown.keys()}
            return {
                key: self.value(types.get(key, "string"), key, each, unknown.get(key)) for key, each in known.items()
            }
        if isinstance(unknown, list) and isinstance(after, list):
            element = kind[1] if isinstance(kind, list) else "string"
            return [self.value(element, name, each, part) for each, part in zip(after, unknown, strict=False)]
        return after

    def made_up(self, kind: Any, name: str) -> Any:
        if name in WRITTEN_LATER:
            return WRITTEN_LATER[name]
        if kind == "string":
            address, attribute = self.references.get(name, (self.address, name))
            return made_up(address, attribute)
        if isinstance(kind, str):
            return {"number": 1, "bool": False}[kind]
        container, element = kind
        if container == "object":
            return {key: self.made_up(each, key) for key, each in element.items()}
        if container == "map":
            return {}
        if name in self.instances:
            return [made_up(address, "id") for address in self.instances[name]]
        if name in FIRST_ELEMENTS or (name in self.references and element == "string"):
            return [self.made_up(element, name)]
        return []


def made_up(address: str, attribute: str) -> str:
    """Give the value that stands for an attribute only AWS can choose; ARNs look like ARNs."""
    kind = next(part for part in reversed(address.split(".")) if part.startswith("aws_"))
    # The only one of a counted resource is meant, with its number and without.
    slug = re.sub(r"[^A-Za-z0-9]+", "-", address.replace("[0]", "")).strip("-")
    if attribute.endswith("arn") or (attribute == "id" and kind in ARN_IDS):
        return f"arn:aws:{kind.split('_')[1]}:us-west-1:123456789012:{slug}"
    return f"{attribute}-of-{slug}"


def empty(kind: Any) -> Any:
    """The value of an attribute nobody set."""
    if isinstance(kind, str):
        return None
    return {} if kind[0] == "map" else []


def nested_type(nested: Mapping[str, Any]) -> list[Any]:
    members = {
        name: each.get("type") or nested_type(each["nested_type"]) for name, each in nested["attributes"].items()
    }
    kind = ["object", members]
    return kind if nested["nesting_mode"] == "single" else [nested["nesting_mode"], kind]


def mapping(unknown: Any) -> Mapping[str, Any]:
    return unknown if isinstance(unknown, Mapping) else {}


class Configuration:
    """The configuration that a plan repeats from the code: which attribute depends on which."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.root = plan["configuration"]["root_module"]
        self.addresses = [change["address"] for change in managed_changes(plan)]

    def module(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.root
        for name in path:
            found = found["module_calls"][name]["module"]
        return found

    def resource(self, change: Mapping[str, Any]) -> Mapping[str, Any]:
        for resource in self.module(module_path(change)).get("resources", []):
            if (resource["mode"], resource["type"], resource["name"]) == ("managed", change["type"], change["name"]):
                return resource
        return {}

    def expressions(self, change: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.resource(change).get("expressions", {})

    def references(self, change: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """Find for each attribute that is plainly another's: that resource's address and attribute."""
        path = module_path(change)
        found = {}
        for name, expression in flat(self.expressions(change)):
            references = expression.get("references", [])
            source = self.resolve(path, references, name) or self.same_key(path, references, name, change)
            if source is not None:
                address, attribute = source
                found[name] = (self.in_same_instance(address, change), attribute)
        return found

    def instances(self, change: Mapping[str, Any]) -> dict[str, list[str]]:
        """Find for each list of ids that names all instances of one resource: their addresses."""
        found = {}
        for name, expression in flat(self.expressions(change)):
            source = self.followed(module_path(change), expression.get("references", []), name)
            if source is not None and name.endswith("_ids") and source.split(".")[-2].startswith("aws_"):
                found[name] = [address for address in self.addresses if address.partition("[")[0] == source]
        return found

    def resolve(self, path: tuple[str, ...], references: list[str], name: str) -> tuple[str, str] | None:
        """Follow a reference to an attribute; None when it is not plainly one."""
        source = self.followed(path, references, name)
        if source is None or source.split(".")[-2].startswith("aws_"):
            return None
        address, _, attribute = source.rpartition(".")
        return address, attribute

    def followed(self, path: tuple[str, ...], references: list[str], name: str) -> str | None:
        """Follow a reference through variables and outputs to a resource, or an attribute of one, by its full name."""
        named = [each for each in references if not each.startswith("local.")]
        leaves = [each for each in named if not any(other.startswith((f"{each}.", f"{each}[")) for other in named)]
        if len(leaves) != 1:
            return None
        parts = leaves[0].split(".")
        if parts[0] == "var" and path:
            call = self.module(path[:-1])["module_calls"][path[-1]]["expressions"].get(parts[1], {})
            return self.followed(path[:-1], self.narrowed(call.get("references", []), parts[2:]), name)
        if parts[0] == "module":
            inner = (*path, parts[1].partition("[")[0])
            outputs = self.module(inner)["outputs"]
            # `one(module.x[*].key_arn)` is reported as `module.x`.
            wanted = parts[2:3] or [each for each in outputs if name.endswith(each)]
            output = outputs.get(wanted[0], {}).get("expression", {}) if wanted else {}
            return self.followed(inner, self.narrowed(output.get("references", []), parts[3:]), name)
        if parts[0].startswith("aws_") and len(parts) in {2, 3}:
            return "".join(f"module.{part}." for part in path) + leaves[0]
        return None

    def same_key(
        self, path: tuple[str, ...], references: list[str], name: str, change: Mapping[str, Any]
    ) -> tuple[str, str] | None:
        """`aws_subnet.public[each.key].id` yields `aws_subnet.public` and `each.key`; `each.value.id` as itself."""
        match sorted(references):
            case [source, "each.key"] if name.endswith("_id"):
                attribute = "id"
            case ["each.value", value]:
                (source, *_) = self.resource(change)["for_each_expression"].get("references") or [""]
                attribute = value.rpartition(".")[2]
            case _:
                return None
        if not re.fullmatch(r"aws_\w+\.\w+", source):
            return None
        prefix = "".join(f"module.{part}." for part in path)
        return f"{prefix}{source}[{json.dumps(change['index'])}]", attribute

    def in_same_instance(self, address: str, change: Mapping[str, Any]) -> str:
        """A module with several instances refers to its own: put the key in."""
        own = change.get("module_address", "")
        plain = "".join(f"module.{name}." for name in module_path(change))
        return f"{own}.{address.removeprefix(plain)}" if plain and address.startswith(plain) else address

    def narrowed(self, references: list[str], rest: list[str]) -> list[str]:
        """Keep the references to the requested member of an object; all of them when none names it."""
        if not rest:
            return references
        return [each for each in references if each.split(".")[1:2] == rest[:1]] or references


def flat(expressions: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk to the expressions in blocks too."""
    for name, expression in expressions.items():
        if isinstance(expression, list):
            for block in expression:
                yield from flat(block)
        elif "references" in expression or "constant_value" in expression:
            yield name, expression
        elif isinstance(expression, Mapping):
            yield from flat(expression)


def module_path(change: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(re.findall(r"module\.(\w+)", change.get("module_address", "")))
