"""Providers in one process share the clients of what they access alike."""

from terraform_provider.framework.aws import Aws, Settings

KEYS = {"access_key": "test", "secret_key": "test"}


def test_equal_access_shares_a_client_and_every_difference_has_its_own() -> None:
    client = Aws(Settings(region="us-west-1", default_tags={"a": "b"}, **KEYS)).client("sns")
    assert Aws(Settings(region="us-west-1", **KEYS)).client("sns") is client
    others = [
        Aws(Settings(region="us-east-1", **KEYS)),
        Aws(Settings(region="us-west-1", **{**KEYS, "access_key": "other"})),
        Aws(Settings(region="us-west-1", endpoints={"sns": "http://127.0.0.1:9"}, **KEYS)),
        Aws(Settings(region="us-west-1", max_attempts=1, **KEYS)),
    ]
    made = {id(each.client("sns")) for each in others} | {id(client)}
    assert len(made) == len(others) + 1
    assert others[0].client("sns", "us-west-1") is client
