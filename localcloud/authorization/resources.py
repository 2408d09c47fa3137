"""The ARNs of an action's resources, filled from its operation's parameters."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

from localcloud.authorization.parameters import texts, values_of
from localcloud.authorization.reference import Action

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
ANY = "*"
OF_PLACE = ("Partition", "Region", "Account")
DEFAULTS = {("ecs", "ClusterName"): "default", ("logs", "LogStreamName"): ""}
"""The name that AWS assumes where a request leaves it out."""
MAKING = ("Allocate", "Copy", "Create", "Import", "Register", "Restore", "Run", "Start")
"""Prefixes of actions whose resource has no name yet; for others the missing part of the ARN is looked up."""
FORMS = {
    ("logs", "log-group"): (
        "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}:log-stream:${LogStreamName}"
    ),
}
"""ARNs that AWS evaluates where the reference has others: those of CloudWatch Logs always have a stream's part."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account and region of a request."""

    account_id: str
    region: str
    partition: str = "aws"

    def named(self) -> dict[str, str]:
        """Return the values of an ARN's first fields."""
        return dict(zip(OF_PLACE, (self.partition, self.region, self.account_id), strict=True))


def resources_of(action: Action, parameters: Mapping[str, object], place: Place) -> tuple[str, ...]:
    """Return the ARNs for which an action needs to be allowed; a name that the request leaves out is `*`.

    These are the resources that the request names. If it names none, or the action creates something, each required
    type is added, or the only type; an action without types needs `*`.
    """
    forms = {FORMS.get((action.service, each.name), each.arn): each.is_required for each in action.resource_types}
    whole = {form: list(_whole(form, parameters)) for form in forms}
    named_kinds = {_kind(form) for form, found in whole.items() if found}
    named = {
        # Types may share a kind, such as the three kinds of load balancer: a whole ARN says which is meant.
        form: whole[form]
        or (
            []
            if _kind(form) in named_kinds - {""}
            else list(_named(action.service, form, parameters, place, has_others=bool(named_kinds)))
        )
        for form in forms
    }
    kinds = {_kind(form) for form, found in named.items() if found}
    makes = action.name.startswith(MAKING)
    found: list[str] = []
    for form, is_required in forms.items():
        is_meant = (is_required and (makes or not kinds) and _kind(form) not in kinds) or len(forms) == 1
        found += named[form] or ([_filled(form, place.named())] if is_meant else [])
    return tuple(dict.fromkeys(found)) or (ANY,)


def _kind(form: str) -> str:
    return re.split("[/:$]", form.split(":", 5)[-1])[0]


def arn_of(service: str, form: str, parameters: Mapping[str, object], place: Place) -> str | None:
    """Return the one ARN of a form that the parameters name; None if they name none or several."""
    found = list(_whole(form, parameters)) or list(_named(service, form, parameters, place))
    return found[0] if len(found) == 1 else None


def new_of(service: str, form: str, parameters: Mapping[str, object], place: Place) -> str:
    """Return the ARN of something that does not exist yet: its own name is `*`."""
    own = PLACEHOLDER.findall(form)[-1]
    return arn_of(service, form, {**parameters, own: ANY}, place) or _filled(form, place.named())


def _named(
    service: str, form: str, parameters: Mapping[str, object], place: Place, *, has_others: bool = False
) -> Iterator[str]:
    """Yield the ARNs of a form by names. `has_others`: whole ARNs of other forms are given, so no default is meant."""
    names = [each for each in PLACEHOLDER.findall(form) if each not in OF_PLACE]
    given = {name: [_name_in(each, service, form) for each in values_of(service, name, parameters)] for name in names}
    options = [given[name] or [DEFAULTS[service, name]] for name in names if given[name] or (service, name) in DEFAULTS]
    if not names or len(options) < len(names) or (has_others and not any(given.values())):
        return
    for chosen in product(*options):
        yield _filled(form, place.named() | dict(zip(names, chosen, strict=True)))


def _whole(form: str, parameters: Mapping[str, object]) -> Iterator[str]:
    """Yield the parameters that are ARNs of this form."""
    expression = _expression(form)
    for value in parameters.values():
        yield from (text for text in texts(value) if expression.fullmatch(text))


@cache
def _expression(form: str) -> re.Pattern[str]:
    pieces = PLACEHOLDER.split(form)
    return re.compile("[^:]*".join(re.escape(each) for each in pieces[::2]))


def _name_in(value: str, service: str, form: str) -> str:
    """Take the name from an ARN, from an address such as a queue's, or without the slash that the ARN itself has."""
    if service == "s3":  # an object's key may look like anything
        return value
    if value.startswith("arn:"):
        kind = PLACEHOLDER.split(form.split(":", 5)[-1])[0]
        own = value.split(":", 5)[-1].removesuffix(":*")
        return own.removeprefix(kind) if own.startswith(kind) else own.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    if value.startswith(("https://", "http://")):
        return value.rsplit("/", 1)[-1]
    return value.removeprefix("/") if f"/{PLACEHOLDER.findall(form)[-1]}" in form.replace("${", "") else value


def _filled(arn: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values.get(found[1], ANY), arn)
