"""Route 53: ids of zones begin as AWS's do, which Terraform and people tell from names by."""

from typing import Any


def patch() -> None:
    from moto.route53 import models

    module: Any = models
    made = module.create_route53_zone_id

    def create_route53_zone_id(*arguments: Any, **more: Any) -> str:
        return f"Z{made(*arguments, **more)[1:]}"

    module.create_route53_zone_id = create_route53_zone_id
