"""Log deliveries of other services: moto stores them, but nothing here sends such logs, so nothing is delivered."""

import re

from localcloud.cloudwatch.logs.operations.account import Call
from localcloud.errors import AwsError, not_offered

ARN = re.compile(r"arn:[\w-]+:(?P<service>[\w-]+):[\w-]*:(?P<account>\d*):.+")
DESTINATIONS = ("s3", "logs", "firehose")


def is_delivery(operation: str) -> bool:
    """Return whether moto handles the operation."""
    return "Deliver" in operation and operation != "UpdateDeliveryConfiguration"


def check_delivery(call: Call, account_id: str) -> None:
    """Check what moto does not: sources and destinations are resources of the account. Errors: AwsError."""
    if call.operation == "PutDeliverySource":
        _service_of(str(call.parameters["resourceArn"]), "resourceArn", account_id)
    if call.operation == "PutDeliveryDestination":
        if call.parameters.get("deliveryDestinationType") == "XRAY":
            raise not_offered("PutDeliveryDestination to X-Ray")
        configuration = call.parameters.get("deliveryDestinationConfiguration")
        if configuration is None:
            raise AwsError("ValidationException", "deliveryDestinationConfiguration is required.")
        service = _service_of(configuration["destinationResourceArn"], "destinationResourceArn", account_id)
        if service not in DESTINATIONS:
            raise AwsError("ValidationException", f"Logs cannot be delivered to the service {service}.")


def _service_of(arn: str, name: str, account_id: str) -> str:
    found = ARN.fullmatch(arn)
    if found is None:
        raise AwsError("ValidationException", f"{name}: {arn} is not an ARN.")
    if found["account"] not in ("", account_id):
        raise AwsError("ValidationException", f"{name}: {arn} is a resource of another account.")
    return found["service"]
