"""The provider block: its checks, and the clients that it configures."""

import os
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.framework.aws import Aws, Settings
from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import State, has_unknown

WITH_EFFECT = {
    "region", "access_key", "secret_key", "token", "profile", "max_retries", "s3_use_path_style", "endpoints",
    "default_tags", "ignore_tags", "allowed_account_ids", "forbidden_account_ids",
}  # fmt: skip
ALREADY_SO = {
    "skip_credentials_validation", "skip_metadata_api_check", "skip_region_validation", "skip_requesting_account_id",
    "ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode",
}  # fmt: skip
"""Arguments whose effect is what happens here anyway."""


def configured(config: State, stopping: threading.Event | None = None) -> Aws:
    """Create the clients that a provider block describes. Errors: ProviderError, with the argument concerned."""
    _refuse_without_effect(config)
    aws = Aws(settings(config), stopping)
    _refuse_wrong_account(aws, config)
    return aws


def settings(config: State) -> Settings:
    region = _known(config, "region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise ProviderError(
            "invalid AWS Region: ",
            "No region is configured: set `region` in the provider block, or AWS_REGION.",
            ("region",),
        )
    ignored = _only_block(config, "ignore_tags")
    retries = _known(config, "max_retries")
    return Settings(
        region=region,
        access_key=_known(config, "access_key"),
        secret_key=_known(config, "secret_key"),
        token=_known(config, "token"),
        profile=_known(config, "profile"),
        path_style=bool(_known(config, "s3_use_path_style")),
        endpoints=_endpoints(config),
        default_tags=_only_block(config, "default_tags").get("tags") or {},
        ignored_tags=frozenset(_words(ignored.get("keys"))),
        ignored_tag_prefixes=tuple(_words(ignored.get("key_prefixes"))),
        **({} if retries is None else {"max_attempts": max(1, retries + 1)}),
    )


def _refuse_without_effect(config: State) -> None:
    for name, value in config.items():
        if name not in WITH_EFFECT | ALREADY_SO and value not in (None, [], {}, False, ""):
            raise ProviderError(
                f'the stand-in for hashicorp/aws does not know the argument "{name}"',
                "It would have no effect here. Remove it, or use the real provider.",
                (name,),
            )


def _refuse_wrong_account(aws: Aws, config: State) -> None:
    allowed, forbidden = (set(_words(config.get(f"{which}_account_ids"))) for which in ("allowed", "forbidden"))
    if not allowed and not forbidden:
        return
    if aws.account_id in forbidden or (allowed and aws.account_id not in allowed):
        rule = f"allowed_account_ids = {sorted(allowed)}" if allowed else f"forbidden_account_ids = {sorted(forbidden)}"
        raise ProviderError(
            f"AWS account ID not allowed: {aws.account_id}",
            f"The provider block says {rule}. Use credentials of an allowed account; nothing was changed.",
            ("allowed_account_ids" if allowed else "forbidden_account_ids",),
        )


def _endpoints(config: State) -> Mapping[str, str]:
    return {
        name: url
        for block in config.get("endpoints") or []
        for name, url in block.items()
        if url and not has_unknown(url)
    }


def _known(config: State, name: str) -> Any:
    """Return an argument; an unknown one counts as unset, as with the real provider."""
    value = config.get(name)
    return None if has_unknown(value) or value == "" else value


def _words(value: Any) -> Iterable[str]:
    return [] if value is None or has_unknown(value) else value


def _only_block(config: State, name: str) -> State:
    return next(iter(config.get(name) or []), None) or {}
