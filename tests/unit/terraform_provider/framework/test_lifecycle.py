"""The life of a resource, around a type's own code."""

from typing import ClassVar

from terraform_provider.framework.aws import Aws, Settings
from terraform_provider.framework.lifecycle import Life
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import UNKNOWN, State

BLOCK = {
    "attributes": {
        "id": {"type": "string", "optional": True, "computed": True},
        "name": {"type": "string", "optional": True},
        "arn": {"type": "string", "computed": True},
    },
    "block_types": {"rule": {"nesting_mode": "set", "block": {"attributes": {"port": {"type": "number"}}}}},
}
PLANNED = {"id": UNKNOWN, "name": "x", "arn": UNKNOWN, "rule": UNKNOWN}
CONFIG = {"id": None, "name": "x", "arn": None, "rule": []}


class Thing(Resource):
    noun = "Thing"
    seen: ClassVar[list[State]] = []

    def create(self, aws: Aws, planned: State) -> str:
        self.seen.append(planned)
        return "thing-1"

    def read(self, aws: Aws, state: State) -> State | None:
        return {"arn": "arn:thing"}


class Broken(Thing):
    def complete(self, aws: Aws, state: State) -> None:
        raise TypeError("our own mistake")


def life(kind: Resource) -> Life:
    return Life(kind, BLOCK, Aws(Settings(region="us-west-1")), "aws_thing")


def test_unknown_blocks_are_no_blocks_for_a_types_code() -> None:
    applied = life(Thing()).created(PLANNED, CONFIG)
    assert Thing.seen[-1] == {"id": None, "name": "x", "arn": None, "rule": []}
    assert applied.errors == []
    assert applied.state == {"id": "thing-1", "name": "x", "arn": "arn:thing", "rule": []}


def test_what_was_created_stays_in_the_state_whatever_fails_after_it() -> None:
    applied = life(Broken()).created(PLANNED, CONFIG)
    assert applied.state == {"id": "thing-1", "name": "x", "arn": None, "rule": []}
    assert [each.summary for each in applied.errors] == ["creating Thing: TypeError: our own mistake"]
