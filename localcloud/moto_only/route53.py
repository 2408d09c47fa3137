"""Route 53: zone ids begin as on AWS, so that Terraform and people can distinguish them from names."""

from typing import Any


def patch() -> None:
    from moto.route53 import models

    module: Any = models
    made = module.create_route53_zone_id

    def create_route53_zone_id(*arguments: Any, **more: Any) -> str:
        return f"Z{made(*arguments, **more)[1:]}"

    module.create_route53_zone_id = create_route53_zone_id
