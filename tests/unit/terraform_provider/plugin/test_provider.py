"""The responses of the protocol's procedures, as Terraform gets them on the wire."""

import pytest

from terraform_provider.plugin.provider import Provider
from terraform_provider.protobuf import Message, message, text
from terraform_provider.schema.catalogue import Catalogue
from terraform_provider.values import wire
from terraform_provider.values.unknown import State


@pytest.fixture(scope="module")
def provider() -> Provider:
    provider = Provider(Catalogue())
    provider.configure(Message.decoded(message(2, message(1, wire.packed({"region": "us-west-1"})))))
    return provider


def read(provider: Provider, name: str, config: State) -> State:
    """Read a data source; `config` has what is set, and no blocks are written as Terraform does, as an empty list."""
    request = text(1, name) + message(2, message(1, wire.packed(config)))
    answer = Message.decoded(provider.procedures()["ReadDataSource"](request))
    assert answer.each(2) == []
    return dict(wire.unpacked(answer.nested(1).content(1)))


def test_blocks_that_a_data_source_does_not_have_are_null_on_the_wire(provider: Provider) -> None:
    found = read(provider, "aws_iam_policy_document", {"statement": [], "source_policy_documents": ["{}"]})
    assert found["statement"] is None
    assert found["source_policy_documents"] == ["{}"]
    assert found["override_policy_documents"] is None
