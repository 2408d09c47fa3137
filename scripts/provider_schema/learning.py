"""Turns probes into facts: defaults, computed values, forced replacements, equivalent texts."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import grpc

from scripts.provider_schema.circumstances import ACTION_BLOCKS, ACTIONS, CONDITIONS, NEEDED, SAMPLES, SEEN, containers
from scripts.provider_schema.extract import leaves
from scripts.provider_schema.plugin import Plugin, Refused
from scripts.provider_schema.probing import Block, Path, Prober, value_at
from terraform_provider.planning.stored_forms import STORED_FORMS
from terraform_provider.values.unknown import UNKNOWN, Value

Facts = dict[str, Any]


def policy(actions: Any) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


JSON = ('{"a":"1","b":"2"}', '{"b": "2", "a":"1"}')
DEEPEST = 4
# A type with this many attributes takes the provider seconds for each plan, so only its own attributes are probed.
VAST = 5000
CRASHED = "the provider crashed"
# Two texts that the provider may take for one, by the kind of comparison. The first kind that fits is the fact.
SAME = {
    "case": ("abc", "ABC"),
    "policy": (policy(["s3:GetObject"]), policy("s3:GetObject")),
    "json": JSON,
    "once": ("a1", "b1"),
}
DOCUMENT = '{"Statement": [{"Sid": "a<b"}], "Version": "2012-10-17"}'
# Each form with a text that only it stores in its way.
STORED = {
    "json": DOCUMENT,
    "plain_json": DOCUMENT,
    "policy": DOCUMENT,
    "container_definitions": containers("a"),
    "lower": "aBC",
    "upper": "aBC",
    "trimmed": " abc\n",
}


class Learner:
    """Learns about one type; `restart` restarts the provider after a crash."""

    def __init__(self, kind: str, schema: Mapping[str, Any], plugin: Callable[[bool], Plugin]) -> None:
        self._kind, self._schema, self._plugin = kind, schema, plugin
        self.not_learnt: dict[str, str] = {}
        # Types of the older plugin SDK let a configuration set their id.
        self._is_legacy = bool(schema["block"]["attributes"]["id"].get("optional"))
        self._vast = sum(1 for _ in leaves(schema["block"])) > VAST

    def learn(self) -> None:
        """Write the learnt facts into the schema."""
        self._block(self._schema["block"], ())
        for path, facts in SEEN.get(self._kind, {}).items():
            block = self._schema["block"]
            for name in path[:-1]:
                block = block["block_types"][name]["block"]
            block["attributes"][path[-1]].update(facts)

    def _prober(self, more: Mapping[str, Value] | None = None) -> Prober:
        return Prober(self._plugin(False), self._kind, self._schema["block"], more)

    def _attempt(self, shown: str, ask: Callable[[], None]) -> None:
        try:
            ask()
        except Refused as exc:
            self.not_learnt[f"{self._kind}.{shown}"] = str(exc).partition("\n")[0].partition(":")[0]
        except grpc.RpcError:
            self.not_learnt[f"{self._kind}.{shown}"] = CRASHED
            self._plugin(True)

    def _block(self, block: Block, path: Path) -> None:
        for name, each in block.get("attributes", {}).items():
            if each.get("optional") or each.get("required"):
                self._attempt(".".join((*path, name)), partial(self._attribute, each, (*path, name)))
        for name, nested in block.get("block_types", {}).items():
            here = (*path, name)
            if name == "timeouts":
                continue
            self._attempt(".".join(here), partial(self._nested, nested, here))
            if len(here) < DEEPEST and not self._vast:
                self._block(nested["block"], here)

    def _attribute(self, attribute: dict[str, Any], path: Path) -> None:
        of = attribute["type"]
        if path == ("id",) or path[-1] == "tags_all" or attribute.get("write_only"):
            return
        self._actions(attribute, path)
        prober = self._conditional(attribute, path, *self._prober().samples(path, of)[:1])
        self._default(attribute, path, prober)
        one, other = prober.samples(path, of)
        prior, planned = prober.updated(prober.with_value(path, one), prober.with_value(path, other))
        unchanged = planned.value == prior
        if planned.replace or (unchanged and path in prober.created(prober.with_value(path, one)).replace):
            attribute["force_new"] = True
        has_own_texts = (self._kind, path) in SAMPLES and path != ("container_definitions",)
        if of == "string" and not self._vast and not has_own_texts:
            attribute.update(self._texts(prober, path, unchanged) | attribute)
        if attribute.get("optional") and not unchanged:
            self._removal(attribute, path, prober)
        for name, each in objects(of):
            fact = {"type": each, "optional": True}
            self._attempt(".".join((*path, name)), partial(self._attribute, fact, (*path, name)))
            learnt = {key: value for key, value in fact.items() if key not in ("type", "optional", "force_new")}
            if learnt:
                attribute.setdefault("members", {})[name] = learnt
            if self.not_learnt.get(".".join((self._kind, *path, name))) == CRASHED:
                break

    def _removal(self, attribute: dict[str, Any], path: Path, prober: Prober) -> None:
        """Learn whether a value stays when it is removed from the configuration."""
        one, other = prober.samples(path, attribute["type"])
        value = other if one == attribute.get("default") else one
        at_top = len(path) == 1 and not attribute.keys() & {"computed", "default", "suppress"}
        filled_in = bool(attribute.get("computed")) and "default" in attribute
        if (self._is_legacy and at_top) or (not self._is_legacy and filled_in):
            _, removed = prober.updated(prober.with_value(path, value), prober.with_value(path, None))
            if value_at(removed.value, path) == value:
                attribute |= {"suppress": "kept"} if self._is_legacy else {"default_of_new": True}

    def _default(self, attribute: dict[str, Any], path: Path, prober: Prober) -> None:
        """Learn the planned value of an unset attribute; null is recorded, too, when it is not simply unknown."""
        needed = len(path) == 1 and path[0] in NEEDED.get(self._kind, {})
        computed = bool(attribute.get("computed"))
        if attribute.get("required") or needed or (computed and self._is_legacy):
            return
        value = value_at(prober.created(prober.with_value(path, None)).value, path)
        if computed and value is None:
            attribute["stays_null"] = True
        elif value not in (None, UNKNOWN, [], {}, "") or (computed and value == ""):
            attribute["default"] = value

    def _texts(self, prober: Prober, path: Path, unchanged: bool) -> Facts:
        facts: Facts = {}
        for kind, text in STORED.items():
            stored = value_at(prober.created(prober.with_value(path, text)).value, path)
            if stored != text and stored == STORED_FORMS[kind](text):
                facts["stored_as"] = kind
                break
        if facts.get("stored_as") == "container_definitions":
            return facts | {"suppress": "container_definitions"}
        for kind, (one, other) in SAME.items():
            if (kind == "once") != unchanged or text_stored(facts, one) == text_stored(facts, other):
                continue
            prior, planned = prober.updated(prober.with_value(path, one), prober.with_value(path, other))
            if planned.value == prior:
                facts["suppress"] = kind
                break
        return facts

    def _nested(self, nested: dict[str, Any], path: Path) -> None:
        if nested["nesting_mode"] == "single":
            return
        self._actions(nested, path)
        element = self._prober().element(nested["block"])
        prober = self._conditional(nested, path, [element])
        if not nested.get("min_items"):
            value = value_at(prober.created(prober.with_value(path, [])).value, path)
            if value is UNKNOWN:
                nested["computed"] = True
        one = prober.with_value(path, [element])
        _, added = prober.updated(prober.with_value(path, []), one)
        if path in added.replace or any(len(each) < len(path) for each in added.replace - {("id",)}):
            nested["force_new"] = True
        prior, removed = prober.updated(one, prober.with_value(path, []))
        if not nested.get("computed") and value_at(prior, path) and value_at(removed.value, path):
            nested.setdefault("suppress", "missing_block")

    def _conditional(self, fact: dict[str, Any], path: Path, value: Value) -> Prober:
        """Learn for which values of another attribute this one applies; return a prober with such a value."""
        condition = CONDITIONS.get(self._kind)
        if condition is None or len(path) != 1 or path[0] == condition.attribute:
            return self._prober()
        kept = []
        for each in condition.values:
            prober = self._prober({condition.attribute: each})
            if prober.created(prober.with_value(path, value)).value[path[0]] not in (None, UNKNOWN, []):
                kept.append(each)
        if not kept or len(kept) == len(condition.values):
            return self._prober()
        fact["suppress"] = condition.kinds[frozenset(kept)]
        return self._prober({condition.attribute: kept[0]})

    def _actions(self, fact: dict[str, Any], path: Path) -> None:
        if len(path) == 2 and ACTION_BLOCKS.get(self._kind) == path[0] and path[1] in ACTIONS:
            suffix = "missing_forward" if path[1] == "forward" else f"{ACTIONS[path[1]].replace('-', '_')}_only"
            fact["suppress"] = suffix


def text_stored(facts: Facts, text: str) -> str:
    """Return a text in its stored form; two with the same stored form do not show how they are compared."""
    stored: str = STORED_FORMS[facts["stored_as"]](text) if "stored_as" in facts else text
    return stored


def objects(of: Any) -> Iterator[tuple[str, Any]]:
    """Yield the members of an attribute that is a list or set of objects."""
    if isinstance(of, list) and of[0] in ("list", "set") and isinstance(of[1], list) and of[1][0] == "object":
        yield from of[1][1].items()
