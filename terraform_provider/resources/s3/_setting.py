"""Shared code of the types for a bucket's settings. Their id is the bucket's name, plus the expected owner if set."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import State


class Setting(Resource):
    """A setting that is a resource of its own. A subclass implements `put`."""

    title = "bucket"

    def put(self, aws: Aws, place: dict[str, str], planned: State) -> None:
        """Set it for a bucket; `place`: the arguments that name the bucket."""
        raise NotImplementedError

    def create(self, aws: Aws, planned: State) -> str:
        self.put(aws, place_of(id_of(planned)), planned)
        return id_of(planned)

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        self.put(aws, place_of(prior["id"]), planned)

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return {"id": id, **names_of(id)}


def id_of(planned: State) -> str:
    owner = planned.get("expected_bucket_owner")
    return f"{planned['bucket']},{owner}" if owner else str(planned["bucket"])


def names_of(id_: str) -> State:
    """Return `bucket` and `expected_bucket_owner`. Errors: ProviderError for an invalid id."""
    bucket, comma, owner = id_.partition(",")
    if not bucket or (comma and not owner) or "," in owner:
        raise ProviderError(
            f"unexpected format for ID ({id_}), expected BUCKET or BUCKET,EXPECTED_BUCKET_OWNER",
            "Give the bucket's name, and after a comma the account that owns it if that is to be checked.",
        )
    return {"bucket": bucket, "expected_bucket_owner": owner}


def place_of(id_: str) -> dict[str, Any]:
    """Return the arguments by which requests name the bucket."""
    names = names_of(id_)
    owner = names["expected_bucket_owner"]
    return {"Bucket": names["bucket"]} | ({"ExpectedBucketOwner": owner} if owner else {})
