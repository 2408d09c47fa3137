"""Log deliveries of other services: moto stores them, but nothing here sends such logs, so nothing is delivered."""

import re

from localcloud.cloudwatch.logs.operations.account import Call
from localcloud.errors import AwsError

ARN = re.compile(r"arn:[\w-]+:(?P<service>[\w-]+):[\w-]*:\d*:.+")
DESTINATIONS = ("s3", "logs", "firehose")


def is_delivery(operation: str) -> bool:
    """Say whether moto answers the operation."""
    return "Deliver" in operation and operation != "UpdateDeliveryConfiguration"


def check_delivery(call: Call) -> None:
    """Refuse mistakes that moto does not detect. Errors: AwsError."""
    if call.operation == "PutDeliverySource":
        _service_of(str(call.parameters["resourceArn"]), "resourceArn")
    if call.operation == "PutDeliveryDestination":
        if call.parameters.get("deliveryDestinationType") == "XRAY":
            raise AwsError("InvalidAction", "PutDeliveryDestination: this local cloud has no X-Ray", 501)
        configuration = call.parameters.get("deliveryDestinationConfiguration")
        if configuration is None:
            raise AwsError("ValidationException", "deliveryDestinationConfiguration is required.")
        service = _service_of(configuration["destinationResourceArn"], "destinationResourceArn")
        if service not in DESTINATIONS:
            raise AwsError("ValidationException", f"Logs cannot be delivered to the service {service}.")


def _service_of(arn: str, name: str) -> str:
    found = ARN.fullmatch(arn)
    if found is None:
        raise AwsError("ValidationException", f"{name}: {arn} is not an ARN.")
    return found["service"]
