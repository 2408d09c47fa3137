"""Finds the parameter of an operation that an ARN or a condition key refers to by another name."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

ENDING = re.compile(r"(?:withoutleadingslash|withpath|identifiers?|names?|ids?|arns?|urls?|(?<!s)s)$")
ALIASES = {
    ("ec2", "securitygroup"): ("group",),
    ("elasticache", "parametergroup"): ("cacheparametergroup",),
    ("elasticache", "subnetgroup"): ("cachesubnetgroup",),
    ("events", "rule"): ("name",),
    ("kms", "grantoperation"): ("operation",),
    ("kms", "key"): ("targetkey", "sourcekey", "destinationkey"),
    ("logs", "loggroup"): ("loggroupnameprefix",),
    ("rds", "dbclusterinstance"): ("dbcluster",),
    ("rds", "dbinstance"): ("targetdbinstance",),
    ("rds", "parametergroup"): ("dbparametergroup",),
    ("rds", "snapshot"): ("dbsnapshot",),
    ("rds", "subnetgroup"): ("dbsubnetgroup",),
    ("s3", "object"): ("key",),
    ("s3", "serversideencryptionawskmskey"): ("ssekmskey",),
    ("secretsmanager", "secret"): ("name",),
    ("ses", "fromaddress"): ("fromemailaddress", "source"),
    ("sns", "topic"): ("name",),
    ("ssm", "parameter"): ("name", "path"),
}
"""(service, name of the placeholder or key) -> further names of parameters, all as `plain` returns them."""


TAGS = ("tags", "taglist", "tagset", "backupplantags", "backupvaulttags", "recoverypointtags", "resourcetags")
"""Names of the parameter with tags, in lower case."""


def plain(name: str) -> str:
    """Normalize a name, so that `DBInstanceIdentifier`, `DbInstanceName` and `db-instances` become equal."""
    reduced = re.sub("[^a-z0-9]", "", name.lower()).removeprefix("xamz")
    while (shorter := ENDING.sub("", reduced)) not in ("", reduced):
        reduced = shorter
    return re.sub("(?<!s)s$", "", reduced)


def values_of(service: str, name: str, parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Return the texts of the parameter that a placeholder or key stands for; of a list, all."""
    wanted = plain(name)
    names = (wanted, *ALIASES.get((service, wanted), ()))
    by_name: dict[str, tuple[str, ...]] = {}
    for given, value in parameters.items():
        if found := tuple(texts(value)):  # BackupPlan, an object, is called as BackupPlanId is
            by_name[plain(given)] = found
    return next((by_name[each] for each in names if each in by_name), ())


def texts(value: object) -> Iterator[str]:
    """Return a parameter's text, or those of a list, as condition keys have them."""
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, str | int | float):
        yield str(value)
    elif isinstance(value, list | tuple):
        for each in value:
            if not isinstance(each, list | tuple):
                yield from texts(each)


def at_path(parameters: object, path: str) -> Iterator[str]:
    """Return the texts at a path such as `Targets.RoleArn`, through lists."""
    name, _, rest = path.partition(".")
    for each in parameters if isinstance(parameters, list | tuple) else (parameters,):
        if isinstance(each, Mapping) and name in each:
            yield from at_path(each[name], rest) if rest else texts(each[name])


def tags_of(parameters: Mapping[str, object]) -> dict[str, str]:
    """Return the tags that a request gives, in any of the forms that AWS has for them."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if name.lower() in TAGS:
            found |= _tags(value)
        elif name == "TagSpecifications" and isinstance(value, list):
            for each in value:
                found |= _tags(each.get("Tags")) if isinstance(each, Mapping) else {}
    return found


def object_tags_of(parameters: Mapping[str, object]) -> dict[str, str]:
    """Return the tags that a request to S3 gives to an object: in a header, as in a query, or in its body."""
    header = parameters.get("Tagging")
    if isinstance(header, str):
        return dict(parse_qsl(header, keep_blank_values=True))
    return tags_of(parameters) if "Key" in parameters else {}


def _tags(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): str(text) for key, text in value.items()}
    tags = [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
    lowered = [{str(key).lower(): text for key, text in each.items()} for each in tags]
    pairs = [(each.get("key", each.get("tagkey")), each.get("value", each.get("tagvalue", ""))) for each in lowered]
    return {str(key): str(text) for key, text in pairs if key is not None}
