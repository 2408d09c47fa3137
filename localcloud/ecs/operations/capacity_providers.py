"""Capacity providers: the two of Fargate, which every account has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.ecs.checks.capacity import PROVIDERS
from localcloud.ecs.operations.common import Operations, Response, page

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        DescribeCapacityProvidersRequestTypeDef,
    )


MOST_AT_ONCE = 10


class CapacityProviderOperations(Operations):
    """Describe capacity providers. Only Fargate's are supported; others need instances."""

    def describe_capacity_providers(self, parameters: DescribeCapacityProvidersRequestTypeDef) -> Response:
        """Describe all providers, or those given by name or ARN; unknown ones are returned as failures."""
        by_reference = {reference: name for name in PROVIDERS for reference in (name, self._arn(name))}
        wanted = parameters.get("capacityProviders") or list(PROVIDERS)
        found = [by_reference[reference] for reference in wanted if reference in by_reference]
        response = page("capacityProviders", [self._describe(name) for name in found], parameters, MOST_AT_ONCE)
        return response | {
            "failures": [{"arn": r, "reason": "MISSING"} for r in wanted if r not in by_reference],
        }

    def _describe(self, name: str) -> Response:
        return {"capacityProviderArn": self._arn(name), "name": name, "status": "ACTIVE", "tags": []}

    def _arn(self, name: str) -> str:
        return self.arn(f"capacity-provider/{name}")
