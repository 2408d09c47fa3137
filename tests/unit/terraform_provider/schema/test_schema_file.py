"""The committed schema has all types that the Terraform code uses, and no machine's path."""

from scripts.provider_schema.extract import used_types
from terraform_provider.schema.catalogue import Catalogue


def test_every_type_that_the_code_uses_is_in_the_schema() -> None:
    catalogue = Catalogue()
    assert used_types("resource") <= catalogue.resources.keys()
    assert used_types("data") <= catalogue.data_sources.keys()


def test_defaults_and_replacements_were_learnt() -> None:
    topic = Catalogue().resources["aws_sns_topic"]["block"]["attributes"]
    assert (topic["fifo_topic"]["default"], topic["name"]["force_new"]) == (False, True)
    assert "force_new" not in topic["display_name"]
