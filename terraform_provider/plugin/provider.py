"""Protocol 5's procedures: each takes a request's bytes and returns the response's."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from terraform_provider.framework import configuration, registry
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import Diagnostic, ProviderError, doing, mistake
from terraform_provider.framework.lifecycle import Life
from terraform_provider.framework.nulls import as_data
from terraform_provider.planning.model import is_of_older_sdk
from terraform_provider.plugin import diagnostics
from terraform_provider.protobuf import Message, message, number, text
from terraform_provider.schema.catalogue import Catalogue
from terraform_provider.values import wire
from terraform_provider.values.conformity import Block, DoesNotConform, conform_block
from terraform_provider.values.unknown import State, Value

log = logging.getLogger(__name__)
NOT_CONFIGURED = "the provider was asked to work before it was configured"


class Provider:
    """One provider instance: Terraform starts a process for each, and configures it once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.stopping = threading.Event()
        self._aws: Aws | None = None

    def procedures(self) -> Mapping[str, Callable[[bytes], bytes]]:
        """Return the procedures by name; each with the field of its response that contains errors."""
        with_errors_in: Mapping[str, tuple[Callable[[Message], bytes], int]] = {
            "PrepareProviderConfig": (self.prepare_provider_config, 2),
            "Configure": (self.configure, 1),
            "ValidateResourceTypeConfig": (self.validate_resource, 1),
            "ValidateDataSourceConfig": (self.validate_data_source, 1),
            "UpgradeResourceState": (self.upgrade_resource_state, 2),
            "ReadResource": (self.read_resource, 2),
            "PlanResourceChange": (self.plan_resource_change, 4),
            "ApplyResourceChange": (self.apply_resource_change, 3),
            "ImportResourceState": (self.import_resource_state, 2),
            "MoveResourceState": (self.move_resource_state, 2),
            "ReadDataSource": (self.read_data_source, 2),
        }
        return {
            "GetSchema": lambda _: self.catalogue.encoded(),
            "GetMetadata": lambda _: self.metadata(),
            "GetResourceIdentitySchemas": lambda _: b"",
            "GetFunctions": lambda _: b"",
            "Stop": lambda _: self.stop(),
            **{name: _answering(name, procedure, field) for name, (procedure, field) in with_errors_in.items()},
        }

    @property
    def aws(self) -> Aws:
        if self._aws is None:
            raise ProviderError(NOT_CONFIGURED)
        return self._aws

    def metadata(self) -> bytes:
        return b"".join(
            message(field, text(1, name))
            for field, names in ((3, self.catalogue.data_sources), (4, self.catalogue.resources))
            for name in sorted(names)
        )

    def stop(self) -> bytes:
        """End every wait soon; the results of earlier requests to AWS are kept in the state."""
        self.stopping.set()
        return b""

    def prepare_provider_config(self, request: Message) -> bytes:
        return message(1, request.content(1))

    def configure(self, request: Message) -> bytes:
        self._aws = configuration.configured(_value(request, 2) or {}, self.stopping)
        return b""

    def validate_resource(self, request: Message) -> bytes:
        name = request.text(1)
        block = self.catalogue.resources[name]["block"]
        Life(registry.resource_of(name), block, NOWHERE).validate(_value(request, 2))
        return b""

    def validate_data_source(self, request: Message) -> bytes:
        registry.data_source_of(request.text(1))
        return b""

    def upgrade_resource_state(self, request: Message) -> bytes:
        """Read a state file's JSON; its names and types are the schema's, of this version or an earlier one."""
        name, version = request.text(1), request.number(2)
        schema = self.catalogue.resources[name]
        if version > schema.get("version", 0):
            raise ProviderError(
                f"the state of {name} has schema version {version}, newer than {schema.get('version', 0)}",
                "A newer release of the provider wrote it. Use that one, or a stand-in made from its schema.",
            )
        return _dynamic(1, schema["block"], json.loads(request.nested(3).content(1) or b"null"))

    def read_resource(self, request: Message) -> bytes:
        life, state = self._life(request.text(1)), _value(request, 2)
        return _dynamic(1, life.block, None if state is None else life.read(state)) + _private(3, request.content(3))

    def plan_resource_change(self, request: Message) -> bytes:
        life = self._life(request.text(1))
        prior, proposed, config = (_value(request, field) for field in (2, 3, 4))
        legacy = number(5, life.is_of_older_sdk)
        if proposed is None:
            return _dynamic(1, life.block, None) + _private(3, request.content(5)) + legacy
        planned = life.planned(prior, proposed, config)
        replaced = b"".join(message(2, diagnostics.attribute_path(path)) for path in planned.replace_paths)
        return _dynamic(1, life.block, planned.value) + replaced + _private(3, request.content(5)) + legacy

    def apply_resource_change(self, request: Message) -> bytes:
        life = self._life(request.text(1))
        prior, planned, config = (_value(request, field) for field in (2, 3, 4))
        if planned is None:
            applied = life.deleted(prior)
        elif prior is None:
            applied = life.created(planned, config)
        else:
            applied = life.updated(prior, planned, config)
        return (
            _dynamic(1, life.block, applied.state)
            + _private(2, request.content(5))
            + diagnostics.encoded(3, applied.errors)
            + number(4, life.is_of_older_sdk)
        )

    def import_resource_state(self, request: Message) -> bytes:
        name = request.text(1)
        life = self._life(name)
        state = life.imported(request.text(2))
        return message(1, text(1, name) + _dynamic(2, life.block, state))

    def move_resource_state(self, request: Message) -> bytes:
        raise ProviderError(
            f"a {request.text(3)} cannot become a {request.text(5)}",
            "The stand-in does not move state between types. Remove the old one from the state, and import the other.",
        )

    def read_data_source(self, request: Message) -> bytes:
        name, config = request.text(1), _value(request, 2)
        block = self.catalogue.data_sources[name]["block"]
        with doing(f"reading data source {name}"):
            found = registry.data_source_of(name)(self.aws, config)
        read = conform_block(block, {**config, **found})
        return _packed(1, as_data(block, read) if read is not None and is_of_older_sdk(block) else read)

    def _life(self, name: str) -> Life:
        return Life(registry.resource_of(name), self.catalogue.resources[name]["block"], self.aws, name)


NOWHERE: Any = None
"""Stands for AWS in a validation, which sends no requests."""


def _answering(name: str, procedure: Callable[[Message], bytes], errors_field: int) -> Callable[[bytes], bytes]:
    """Return errors to the user as diagnostics: an exception would end the connection."""

    def answer(request: bytes) -> bytes:
        try:
            return procedure(Message.decoded(request))
        except ProviderError as exc:
            return diagnostics.encoded(errors_field, [exc.diagnostic])
        except DoesNotConform as exc:
            fault = Diagnostic(f"{name}: {exc}", "This is a bug in the stand-in's code for this type.", exc.path)
            return diagnostics.encoded(errors_field, [fault])
        except Exception as exc:  # the outermost call: Terraform shows the exception as an error in the provider
            log.exception("%s failed", name)
            return diagnostics.encoded(errors_field, [mistake(name, exc)])

    return answer


def _value(request: Message, field: int) -> Value:
    """Read a DynamicValue: msgpack, or JSON if Terraform sends that."""
    dynamic = request.nested(field)
    if dynamic.content(1):
        return wire.unpacked(dynamic.content(1))
    return json.loads(dynamic.content(2) or b"null")


def _dynamic(field: int, block: Block, value: State | None) -> bytes:
    return _packed(field, conform_block(block, value))


def _packed(field: int, conforming: State | None) -> bytes:
    return message(field, message(1, wire.packed(conforming)))


def _private(field: int, content: bytes) -> bytes:
    """Pass on private data that the real provider may have stored with a resource, unchanged."""
    return message(field, content) if content else b""
