"""Settings from the environment, and the messages when they cannot be used."""

import pytest

from app.platform.settings import Environment, LogLevel, Settings, SettingsError, load

GOOD = {
    "ENVIRONMENT": "local",
    "DATABASE_URL": "postgresql://user:planted-password@db:5432/spendsense",
    "REDIS_URL": "redis://cache:6379/0",
    "JWT_SECRET_KEY": "planted-key-of-at-least-32-characters",
    "DATA_BUCKET": "spendsense-local-data",
    "AWS_REGION": "us-west-1",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_every_variable_has_its_type_and_default():
    settings = load(Settings)
    assert settings.environment is Environment.LOCAL
    assert settings.log_level is LogLevel.INFO
    assert (settings.aws_endpoint_url, settings.app_revision) == (None, "unknown")


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_variable_is_named(monkeypatch, name):
    monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match=f"environment variable {name} is not set"):
        load(Settings)


def test_an_unusable_value_is_named_without_being_shown(monkeypatch):
    monkeypatch.setenv("JWT_SECRET_KEY", "short-secret")
    monkeypatch.setenv("ENVIRONMENT", "moon")
    with pytest.raises(SettingsError) as error:
        load(Settings)
    assert "JWT_SECRET_KEY" in str(error.value)
    assert "ENVIRONMENT" in str(error.value)
    assert "short-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("JWT_ADDITIONAL_KEYS", "planted-not-json", "jwt_additional_keys"),
        ("JWT_ADDITIONAL_KEYS", '["planted"]', "JWT_ADDITIONAL_KEYS.0"),
        ("ALLOWED_HOSTS", '["https://planted.example"]', "ALLOWED_HOSTS.0"),
        ("CORS_ALLOWED_ORIGINS", '["*"]', "CORS_ALLOWED_ORIGINS.0"),
        ("TRUSTED_PROXIES", '["planted"]', "TRUSTED_PROXIES.0"),
        ("GATEWAY_NETWORKS", '["planted"]', "GATEWAY_NETWORKS.0"),
        # Contains internet clients, whose header would be trusted.
        ("GATEWAY_NETWORKS", '["10.1.64.0/18","0.0.0.0/0"]', "GATEWAY_NETWORKS.1: should be a private network"),
        ("GATEWAY_NETWORKS", '["10.0.0.0/7"]', "a private network"),
        ("GATEWAY_NETWORKS", '["198.51.100.0/24"]', "a private network"),
        ("GATEWAY_NETWORKS", '["::/0"]', "a private network"),
        ("OIDC_ISSUER", "https://planted.example", "OAUTH_CLIENT_ID and PUBLIC_URL"),
    ],
)
def test_a_list_or_provider_that_cannot_be_used_is_named(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load(Settings)
    assert said in str(error.value)
    assert "planted" not in str(error.value)


def test_secrets_do_not_show_in_the_settings_text():
    assert "planted" not in repr(load(Settings))


def test_only_the_local_environment_asks_redis_without_tls(monkeypatch):
    assert load(Settings).redis_address == GOOD["REDIS_URL"]
    monkeypatch.setenv("ENVIRONMENT", "prod")
    assert load(Settings).redis_address == "rediss://cache:6379/0"
