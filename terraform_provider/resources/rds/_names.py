"""Names of RDS's groups and instances, by the real provider's rules."""

import re
from dataclasses import dataclass

from terraform_provider.framework.arguments import refuse_conflicts
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import SUFFIX_LENGTH
from terraform_provider.values.unknown import State


@dataclass(frozen=True)
class Names:
    """The rule for names of one kind; `signs` and `begins` are regular expressions."""

    signs: str
    words: str
    """The sentence about the allowed characters in errors."""
    longest: int
    begins: str = "."
    has_hyphen_rules: bool = True


PARAMETER_GROUP = Names(
    "[0-9a-z.-]+", "only lowercase alphanumeric characters, periods, and hyphens allowed", 255, begins="[a-z]"
)
INSTANCE = Names("[0-9a-z-]+", "only lowercase alphanumeric characters and hyphens allowed", 63, begins="[a-z]")
SUBNET_GROUP = Names(
    "[ .0-9a-z_-]+",
    "only lowercase alphanumeric characters, hyphens, underscores, periods, and spaces allowed",
    255,
    has_hyphen_rules=False,
)


def check(names: Names, config: State, name: str = "name", prefix: str = "name_prefix") -> None:
    """Refuse a name, or the prefix of one, that RDS would refuse, and both at once."""
    refuse_conflicts(config, name, prefix)
    for attribute, longest in ((name, names.longest), (prefix, names.longest - SUFFIX_LENGTH)):
        text = config.get(attribute)
        if isinstance(text, str) and text and (why := _fault(names, text, attribute, longest, attribute == name)):
            raise ProviderError(why, path=(attribute,))


def _fault(names: Names, text: str, attribute: str, longest: int, is_whole: bool) -> str:
    if not re.fullmatch(names.signs, text):
        return f'{names.words} in "{attribute}"'
    if not re.match(names.begins, text):
        return f'first character of "{attribute}" must be a letter'
    if names.has_hyphen_rules and "--" in text:
        return f'"{attribute}" cannot contain two consecutive hyphens'
    if names.has_hyphen_rules and is_whole and text.endswith("-"):
        return f'"{attribute}" cannot end with a hyphen'
    return f'"{attribute}" cannot be longer than {longest} characters' if len(text) > longest else ""
