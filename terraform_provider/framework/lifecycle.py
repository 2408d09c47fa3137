"""The life cycle of one resource: plan, create, update, delete, read, import; calls its type's code."""

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from botocore.exceptions import ClientError

from terraform_provider.framework import tags, waiting
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import Diagnostic, ProviderError, code_of, doing, mistake
from terraform_provider.framework.json_text import normal_json, same_json, same_policy
from terraform_provider.framework.nulls import is_changed, kept_as_written, zeroed
from terraform_provider.framework.resource import Resource, shown_name
from terraform_provider.planning import Planned, Provider, plan
from terraform_provider.planning.model import is_of_older_sdk
from terraform_provider.values.conformity import Block, conform_block
from terraform_provider.values.unknown import UNKNOWN, State, Value, has_unknown

log = logging.getLogger(__name__)
T = TypeVar("T")
OF_JSON = (normal_json, same_json, same_policy)
APPEARS_WITHIN_S = 60.0
"""How long AWS may take to show what was just created."""


@dataclass
class Applied:
    """The result of an apply: the state, and any errors. A creation's error with a state taints the resource."""

    state: State | None
    errors: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True)
class Life:
    """A resource type in one configured provider."""

    kind: Resource
    block: Block
    aws: Aws
    name: str = ""

    @property
    def is_of_older_sdk(self) -> bool:
        return is_of_older_sdk(self.block)

    # --- plan

    def validate(self, config: State) -> None:
        self._refuse_computed(config)
        for name, reads in {**self.kind.normal, **self.kind.equivalent}.items():
            if reads in OF_JSON:
                _refuse_broken_json(name, config.get(name))
        self.kind.validate(config)

    def planned(self, prior: State | None, proposed: State, config: State) -> Planned:
        """Plan a creation or a change; `prior` is None for a creation."""
        wanted = self._written_as_before(prior, proposed)
        provider = Provider(self.aws.settings.default_tags, self.aws.region)
        planned = plan(self.name, self.block, prior, wanted, config, provider)
        self.kind.customize_plan(Change(self.aws, prior, planned.value or {}, config))
        return planned

    # --- apply

    def created(self, planned: State, config: State) -> Applied:
        wanted = self._for_code(planned, config)
        try:
            with self._doing("creating", wanted):
                id_ = self.kind.create(self.aws, wanted)
        except ProviderError as exc:
            return Applied(None, [exc.diagnostic])
        state = {**wanted, "id": id_}
        try:
            with self._doing("creating", state):
                self.kind.complete(self.aws, state)
            return Applied(self._stored(self._read_back("reading", state), planned))
        except ProviderError as exc:
            return Applied(self._stored(state, planned), [exc.diagnostic])
        except Exception as exc:
            # The resource exists, so the state must have it, even if our own code is wrong.
            log.exception("a mistake in the code of %s", self.name)
            return Applied(self._stored(state, planned), [mistake(f"creating {self.kind.noun}", exc)])

    def updated(self, prior: State, planned: State, config: State) -> Applied:
        wanted = self._for_code(planned, config, prior)
        changed = frozenset(name for name, value in planned.items() if is_changed(prior.get(name), value))
        try:
            with self._doing("updating", prior):
                self.kind.update(self.aws, prior, wanted, changed)
            return Applied(self._stored(self._read_back("reading", wanted), planned))
        except ProviderError as exc:
            return Applied(self._after_failure(prior), [exc.diagnostic])

    def deleted(self, state: State) -> Applied:
        try:
            with self._doing("deleting", state):
                self._unless_gone(lambda: self.kind.delete(self.aws, state))
        except ProviderError as exc:
            return Applied(state, [exc.diagnostic])
        return Applied(None)

    # --- read

    def read(self, state: State) -> State | None:
        """Read a resource of the state. Errors: ProviderError."""
        with self._doing("reading", state):
            found = self._found(state)
        if found is None:
            return None
        fitted = conform_block(self.block, found)
        return kept_as_written(self.block, fitted, state, is_apply=False) if self.is_of_older_sdk else fitted

    def imported(self, id_: str) -> State:
        """Return the state from which Terraform then reads."""
        with doing(f"importing {self.kind.noun} ({id_})"):
            return conform_block(self.block, self.kind.imported(self.aws, id_)) or {}

    # --- steps

    def _found(self, state: State) -> State | None:
        """Return the whole state, updated from AWS; None when the resource does not exist."""
        read = self._unless_gone(lambda: self.kind.read(self.aws, state))
        if read is None:
            return None
        if self.is_of_older_sdk:
            read = zeroed(self.block, read)
        if "tags_all" in read and "tags" in self.block["attributes"]:
            read |= tags.read_tags(self.aws.settings, read["tags_all"] or {}, state)
            if not self.is_of_older_sdk and not read["tags"]:
                read["tags"] = {} if state.get("tags") == {} else None  # the newer framework tells null from empty
        for name, is_same in self.kind.equivalent.items():
            if name in read and state.get(name) is not None and is_same(state[name], read[name]):
                read[name] = state[name]
        for name, normal in self.kind.normal.items():
            if read.get(name) is not None and read[name] != state.get(name):
                read[name] = normal(read[name])
        return {**state, **read}

    def _read_back(self, doing_what: str, state: State) -> State:
        """Read a new or changed resource: AWS may take a moment to show it."""
        found: State | None = None

        def is_there() -> bool:
            nonlocal found
            found = self._found(state)
            return found is not None

        with self._doing(doing_what, state):
            waiting.wait_for(self.aws, "it to appear", is_there, timeout_s=APPEARS_WITHIN_S)
        return found or state

    def _after_failure(self, prior: State) -> State | None:
        """Return the state after a failed update as AWS has it, or as before where AWS does not say."""
        try:
            return self.read(prior)
        except ProviderError:
            return prior

    def _stored(self, state: State, planned: State) -> State:
        fitted = conform_block(self.block, _without_unknown(state)) or {}
        for name, attribute in self.block["attributes"].items():
            if attribute.get("write_only"):
                fitted[name] = None
        stored: State = kept_as_written(self.block, fitted, planned, is_apply=True) if self.is_of_older_sdk else fitted
        return stored

    def _for_code(self, planned: State, config: State, prior: State | None = None) -> State:
        """Return a plan for a type's code: unknown values are None or the value before, and secrets are included."""
        wanted: State = {}
        for name, value in planned.items():
            if name in self.block.get("block_types", {}) and _is_unknown_block(value):
                wanted[name] = (prior or {}).get(name) or []
            else:
                wanted[name] = (prior or {}).get(name) if value is UNKNOWN else _without_unknown(value)
            if self.block["attributes"].get(name, {}).get("write_only"):
                wanted[name] = config.get(name)
        for name in self.kind.as_configured:
            wanted[name] = wanted[name] if config.get(name) is None else config[name]
        return wanted

    def _written_as_before(self, prior: State | None, proposed: State) -> State:
        """Put attributes into their normal form, or keep the old text where it means the same."""
        made = dict(proposed)
        for name, normal in self.kind.normal.items():
            if made.get(name) is not None and not has_unknown(made[name]):
                made[name] = normal(made[name])
        for name, is_same in self.kind.equivalent.items():
            old = (prior or {}).get(name)
            if old is not None and made.get(name) is not None and not has_unknown(made[name]):
                made[name] = old if is_same(old, made[name]) else made[name]
        return made

    def _refuse_computed(self, config: State) -> None:
        for name, attribute in self.block["attributes"].items():
            is_free = attribute.get("optional") or attribute.get("required")
            if config.get(name) is not None and not is_free:
                raise ProviderError(
                    "Value for unconfigurable attribute",
                    f'Can\'t configure a value for "{name}": its value will be decided automatically based on the '
                    "result of applying this configuration.",
                    (name,),
                )

    def _doing(self, what: str, state: State) -> AbstractContextManager[None]:
        return doing(f"{what} {self.kind.noun} ({shown_name(self.kind, state)})")

    def _unless_gone(self, call: Callable[[], T]) -> T | None:
        try:
            return call()
        except ClientError as exc:
            if code_of(exc) in self.kind.gone:
                return None
            raise


def _is_unknown_block(value: Value) -> bool:
    """Return whether AWS fills in the blocks: Terraform then plans one in which everything is unknown."""
    if isinstance(value, list):
        return bool(value) and all(_is_unknown_block(each) for each in value)
    if isinstance(value, dict):
        return bool(value) and all(_is_unknown_block(each) for each in value.values())
    return value is UNKNOWN


def _without_unknown(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _without_unknown(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_unknown(each) for each in value]
    return None if value is UNKNOWN else value


def _refuse_broken_json(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        return
    try:
        json.loads(value)
    except ValueError as exc:
        raise ProviderError(
            f'"{name}" contains an invalid JSON: {exc}', "Write it with jsonencode().", (name,)
        ) from exc
