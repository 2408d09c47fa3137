"""SES: an identity's ARN is `identity/NAME`; its tags are found by that ARN, can change, and are deleted with it.

moto stores them under `email-identity/NAME`, which no client uses.
"""

from dataclasses import replace
from functools import wraps
from typing import Any

from localcloud.moto.patching import look_up

MOTOS, AWSS = ":email-identity/", ":identity/"


def patch() -> None:
    """Patch API version 2: only there can identities have tags."""
    from moto.sesv2 import models as sesv2

    models: Any = sesv2
    get_arn = models.get_arn

    @wraps(get_arn)
    def arn_of(backend: object, service: str, resource: str) -> str:
        return str(get_arn(backend, service, resource)).replace(MOTOS, AWSS, 1)

    backend: Any = models.SESV2Backend
    look_up(backend, "core_backend", lambda self: models.ses_backends[self.account_id][self.region_name])
    get, delete, tagged = backend.get_email_identity, backend.delete_email_identity, backend.iter_tagged_resources

    @wraps(get)
    def get_email_identity(self: Any, email_identity: str) -> Any:
        found = get(self, email_identity)
        found.tags = self.list_tags_for_resource(arn_of(self, "ses", f"identity/{email_identity}"))
        return found

    @wraps(delete)
    def delete_email_identity(self: Any, email_identity: str) -> None:
        delete(self, email_identity)
        self.core_backend.tagger.delete_all_tags_for_resource(arn_of(self, "ses", f"identity/{email_identity}"))

    @wraps(tagged)
    def iter_tagged_resources(self: Any) -> Any:
        for each in tagged(self):
            arn = each.arn.replace(MOTOS, AWSS, 1)
            tags = self.core_backend.tagger.get_tag_dict_for_resource(arn)
            yield replace(
                each, arn=arn, tags=tags, resource_type=each.resource_type.replace("email-identity", "identity")
            )

    models.get_arn = arn_of
    backend.get_email_identity = get_email_identity
    backend.delete_email_identity = delete_email_identity
    backend.iter_tagged_resources = iter_tagged_resources
