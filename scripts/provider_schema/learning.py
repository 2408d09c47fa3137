"""Turns probes into facts: defaults, what is computed, what forces a replacement, which texts are the same."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import grpc

from scripts.provider_schema.extract import leaves
from scripts.provider_schema.plugin import Plugin, Refused
from scripts.provider_schema.probing import NEEDED, Block, Path, Prober, minimal, sample, value_at
from terraform_provider.planning.stored_forms import STORED_FORMS
from terraform_provider.values.unknown import UNKNOWN

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
STORED = {"lower": "aBC", "upper": "aBC", "json": JSON[1], "trimmed": " abc\n"}


class Learner:
    """Learns about one type; `restart` starts the provider anew after it crashed."""

    def __init__(self, kind: str, schema: Mapping[str, Any], plugin: Callable[[bool], Plugin]) -> None:
        self._kind, self._schema, self._plugin = kind, schema, plugin
        self.not_learnt: dict[str, str] = {}
        self._vast = sum(1 for _ in leaves(schema["block"])) > VAST

    def learn(self) -> None:
        """Write what is learnt into the schema."""
        self._block(self._schema["block"], ())

    def _prober(self, restart: bool) -> Prober:
        return Prober(self._plugin(restart), self._kind, self._schema["block"])

    def _attempt(self, shown: str, ask: Callable[[], None]) -> None:
        try:
            ask()
        except Refused as exc:
            self.not_learnt[f"{self._kind}.{shown}"] = str(exc).partition("\n")[0]
        except grpc.RpcError:
            self.not_learnt[f"{self._kind}.{shown}"] = CRASHED
            self._plugin(True)

    def _block(self, block: Block, path: Path) -> None:
        for name, each in block.get("attributes", {}).items():
            if each.get("optional") or each.get("required"):
                self._attempt(
                    ".".join((*path, name)), lambda each=each, name=name: self._attribute(each, (*path, name))
                )
        for name, nested in block.get("block_types", {}).items():
            here = (*path, name)
            if name == "timeouts":
                continue
            self._attempt(".".join(here), lambda nested=nested, here=here: self._nested(nested, here))
            if len(here) < DEEPEST and not self._vast:
                self._block(nested["block"], here)

    def _attribute(self, attribute: dict[str, Any], path: Path) -> None:
        prober, of = self._prober(False), attribute["type"]
        if path == ("id",) or path[-1] == "tags_all" or attribute.get("write_only"):
            return
        needed = len(path) == 1 and path[0] in NEEDED.get(self._kind, {})
        if attribute.get("optional") and not attribute.get("computed") and not needed:
            value = value_at(prober.created(prober.with_value(path, None)).value, path)
            if value not in (None, UNKNOWN, [], {}, ""):
                attribute["default"] = value
        prior, planned = prober.updated(prober.with_value(path, sample(of)), prober.with_value(path, sample(of, 2)))
        if planned.replace:
            attribute["force_new"] = True
        if of == "string" and not self._vast:
            attribute.update(self._texts(prober, path, unchanged=planned.value == prior))
        for name, each in objects(of):
            fact = {"type": each, "optional": True}
            self._attempt(".".join((*path, name)), lambda fact=fact, name=name: self._attribute(fact, (*path, name)))
            learnt = {key: value for key, value in fact.items() if key not in ("type", "optional", "force_new")}
            if learnt:
                attribute.setdefault("members", {})[name] = learnt
            if self.not_learnt.get(".".join((self._kind, *path, name))) == CRASHED:
                break

    def _texts(self, prober: Prober, path: Path, unchanged: bool) -> Facts:
        facts: Facts = {}
        for kind, text in STORED.items():
            stored = value_at(prober.created(prober.with_value(path, text)).value, path)
            if stored != text and stored == STORED_FORMS[kind](text):
                facts["stored_as"] = kind
                break
        for kind, (one, other) in SAME.items():
            if (kind == "once") != unchanged or text_stored(facts, one) == text_stored(facts, other):
                continue
            prior, planned = prober.updated(prober.with_value(path, one), prober.with_value(path, other))
            if planned.value == prior:
                facts["suppress"] = kind
                break
        return facts

    def _nested(self, nested: dict[str, Any], path: Path) -> None:
        prober = self._prober(False)
        if nested["nesting_mode"] == "single":
            return
        if not nested.get("min_items"):
            value = value_at(prober.created(prober.with_value(path, [])).value, path)
            if value is UNKNOWN:
                nested["computed"] = True
        one = prober.with_value(path, [minimal(nested["block"])])
        _, added = prober.updated(prober.with_value(path, []), one)
        if path in added.replace or any(len(each) < len(path) for each in added.replace - {("id",)}):
            nested["force_new"] = True
        prior, removed = prober.updated(one, prober.with_value(path, []))
        if not nested.get("computed") and value_at(prior, path) and value_at(removed.value, path):
            nested["suppress"] = "missing_block"


def text_stored(facts: Facts, text: str) -> str:
    """Give a text as it is stored; two that are stored alike say nothing of how they are compared."""
    stored: str = STORED_FORMS[facts["stored_as"]](text) if "stored_as" in facts else text
    return stored


def objects(of: Any) -> Iterator[tuple[str, Any]]:
    """Give the members of a list or set of objects that is an attribute."""
    if isinstance(of, list) and of[0] in ("list", "set") and isinstance(of[1], list) and of[1][0] == "object":
        yield from of[1][1].items()
