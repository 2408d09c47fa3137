"""Changes of record sets that Route 53 refuses, in its words."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.checks.route53 import Zone, check_changes, key_of

ZONE = "example.com."


def record(name: str, kind: str, *values: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": each} for each in values], **more}


def alias(name: str, kind: str, target: str, zone_id: str = "Z1", **more: Any) -> dict[str, Any]:
    to = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": kind, "AliasTarget": to, **more}


def change(action: str, wanted: dict[str, Any]) -> dict[str, Any]:
    return {"Action": action, "ResourceRecordSet": wanted}


def zone(*records: dict[str, Any]) -> Zone:
    own = [record(ZONE, "NS", "ns-1.example.net."), record(ZONE, "SOA", "ns-1.example.net. a.example.net. 1 2 3 4 5")]
    return Zone(zone_id="Z1", name=ZONE, records={key_of(each): each for each in (*own, *records)})


def refusal(found: Zone, *changes: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as refused:
        check_changes(found, list(changes))
    return refused.value.code, refused.value.message


VALID = [
    ("A", "192.0.2.1"),
    ("AAAA", "2001:db8::1"),
    ("CAA", '0 issue "letsencrypt.org"'),
    ("CAA", '0 iodef "mailto:a@example.com"'),
    ("CNAME", "www.example.net"),
    ("CNAME", "_abc.acm-validations.aws."),
    ("MX", "10 mail.example.com."),
    ("MX", "0 ."),
    ("NAPTR", '100 50 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .'),
    ("NS", "ns.example.net."),
    ("SPF", '"v=spf1 -all"'),
    ("SRV", "10 60 5060 sip.example.com."),
    ("TXT", '"v=DKIM1" "second part"'),
    ("TXT", '"a \\"quoted\\" word; and \\345"'),
    ("TXT", f'"{"x" * 255}"'),
    ("DS", "12345 3 1 123456789ABCDEF67890123456789ABCDEF67890"),
]


@pytest.mark.parametrize(("kind", "value"), VALID)
def test_values_of_each_type_are_accepted(kind: str, value: str) -> None:
    check_changes(zone(), [change("CREATE", record("a.example.com", kind, value))])


ILLEGAL = [
    ("A", "nonsense", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"),
    ("A", "256.0.0.1", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"),
    ("A", "2001:db8::1", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"),
    ("AAAA", "192.0.2.1", "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"),
    ("CAA", "letsencrypt.org", "CAARRDATANotThreeFields (CAA record doesn't have 3 fields)"),
    ("CAA", '256 issue "a"', "CAARRDATAIllegalNumber (CAA record has a number outside 0 to 255)"),
    ("CAA", "0 issue letsencrypt.org", "InvalidCharacterString (Value should be enclosed in quotation marks)"),
    ("CNAME", "a..example.com", "DomainLabelEmpty (Domain label is empty)"),
    ("CNAME", f"{'a' * 64}.example.com", "DomainLabelTooLong (Domain label is too long)"),
    ("MX", "mail.example.com", "MXRRDATANotTwoFields (MX record doesn't have 2 fields)"),
    ("MX", "first mail.example.com", "MXRRDATAIllegalNumber (MX record has a number outside 0 to 65535)"),
    ("SRV", "10 60 sip.example.com", "SRVRRDATANotFourFields (SRV record doesn't have 4 fields)"),
    ("TXT", "v=spf1 -all", "InvalidCharacterString (Value should be enclosed in quotation marks)"),
    ("TXT", '"open', "InvalidCharacterString (Value should be enclosed in quotation marks)"),
    ("TXT", '"a" b', "InvalidCharacterString (Value should be enclosed in quotation marks)"),
    ("TXT", f'"{"x" * 256}"', "CharacterStringTooLong (Value is too long)"),
    ("SPF", "v=spf1 -all", "InvalidCharacterString (Value should be enclosed in quotation marks)"),
]


@pytest.mark.parametrize(("kind", "value", "problem"), ILLEGAL)
@pytest.mark.parametrize("action", ["CREATE", "UPSERT"])
def test_a_value_that_its_type_does_not_allow_is_refused(kind: str, value: str, problem: str, action: str) -> None:
    words = f"[Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}'']"
    found = refusal(zone(), change(action, record("a.example.com", kind, value)))
    assert found == ("InvalidChangeBatch", words)


def test_a_space_in_a_name_is_an_unsupported_character() -> None:
    problem = "FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with ' '"
    _, words = refusal(zone(), change("CREATE", record("a.example.com", "CNAME", "b c.example.com")))
    assert words == f"[Invalid Resource Record: '{problem}']"
    assert refusal(zone(), change("CREATE", record("a b.example.com", "A", "192.0.2.1")))[1] == f"[{problem}]"


def test_a_cname_stands_alone() -> None:
    a, cname = record("www.example.com.", "A", "192.0.2.1"), record("WWW.example.com", "CNAME", "b.example.com")
    words = (
        "[RRSet of type CNAME with DNS name www.example.com. is not permitted as it conflicts with other records with "
        "the same DNS name in zone example.com.]"
    )
    assert refusal(zone(a), change("CREATE", cname)) == ("InvalidChangeBatch", words)
    words = (
        "[RRSet of type A with DNS name www.example.com. is not permitted because a conflicting RRSet of type CNAME "
        "with the same DNS name already exists in zone example.com.]"
    )
    assert refusal(zone(cname), change("UPSERT", a)) == ("InvalidChangeBatch", words)
    assert refusal(zone(), change("CREATE", cname), change("CREATE", a)) == ("InvalidChangeBatch", words)
    check_changes(zone(a), [change("DELETE", a), change("CREATE", cname)])
    weighted = {"SetIdentifier": "one", "Weight": 1}
    check_changes(zone(cname | weighted), [change("CREATE", cname | {"SetIdentifier": "two", "Weight": 1, "TTL": 60})])


def test_no_cname_is_at_the_apex() -> None:
    words = "[RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.]"
    found = refusal(zone(), change("UPSERT", record("example.com", "CNAME", "www.example.net")))
    assert found == ("InvalidChangeBatch", words)


@pytest.mark.parametrize("name", ["www.example.org.", "notexample.com.", "com."])
def test_a_name_lies_in_its_zone(name: str) -> None:
    words = f"[RRSet with DNS name {name} is not permitted in zone example.com.]"
    assert refusal(zone(), change("CREATE", record(name, "A", "192.0.2.1"))) == ("InvalidChangeBatch", words)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (alias("a.example.com", "A", "b.example.com", TTL=60), "more than one"),
        (alias("a.example.com", "A", "b.example.com", ResourceRecords=[{"Value": "192.0.2.1"}]), "more than one"),
        (record("a.example.com", "A", "192.0.2.1") | {"TTL": None}, "none"),
        ({"Name": "a.example.com", "Type": "A", "TTL": 60}, "none"),
    ],
)
def test_a_record_set_is_an_alias_or_has_values_and_a_ttl(wanted: dict[str, Any], found: str) -> None:
    words = (
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
        f"TrafficPolicyInstanceId], but found {found} in Change with "
        "[Action=CREATE, Name=a.example.com, Type=A, SetIdentifier=null]"
    )
    assert refusal(zone(), change("CREATE", wanted)) == ("InvalidInput", words)


def test_an_alias_within_the_zone_needs_its_target() -> None:
    target = record("b.example.com", "A", "192.0.2.1")
    wanted = change("CREATE", alias("a.example.com", "A", "b.example.com"))
    check_changes(zone(target), [wanted])
    tried = "[Tried to create an alias that targets b.example.com., type A in zone Z1, "
    assert refusal(zone(), wanted)[1] == f"{tried}but that target was not found]"
    outside = change("CREATE", alias("a.example.com", "A", "b.example.org"))
    assert "does not lie within the target zone" in refusal(zone(target), outside)[1]
    check_changes(zone(), [change("CREATE", alias("a.example.com", "A", "elb.amazonaws.com", "Z368ELLRRE2KJ0"))])


def test_a_record_set_is_created_once_and_deleted_as_it_is() -> None:
    a = record("a.example.com", "A", "192.0.2.1", "192.0.2.2")
    named = "[name='a.example.com.', type='A']"
    words = f"[Tried to create resource record set {named} but it already exists]"
    assert refusal(zone(a), change("CREATE", a)) == ("InvalidChangeBatch", words)
    words = f"[Tried to delete resource record set {named} but it was not found]"
    assert refusal(zone(), change("DELETE", a)) == ("InvalidChangeBatch", words)
    words = f"[Tried to delete resource record set {named} but the values provided do not match the current values]"
    for other in (a | {"TTL": 61}, record("a.example.com", "A", "192.0.2.1")):
        assert refusal(zone(a), change("DELETE", other)) == ("InvalidChangeBatch", words)
    check_changes(zone(a), [change("DELETE", record("a.example.com.", "A", "192.0.2.2", "192.0.2.1"))])
    assert "was not found" in refusal(zone(a), change("DELETE", a), change("DELETE", a))[1]


def test_a_zone_keeps_its_own_records() -> None:
    found = zone()
    own = [change("DELETE", {"Name": key[0], "Type": key[1], **each}) for key, each in found.records.items()]
    words = (
        "[A HostedZone must contain at least one NS record for the zone itself., "
        "A HostedZone must contain exactly one SOA record.]"
    )
    assert refusal(found, *own) == ("InvalidChangeBatch", words)


def test_routing_needs_an_identifier_and_the_other_way_round() -> None:
    a = record("a.example.com", "A", "192.0.2.1")
    where = "in Change with [Action=CREATE, Name=a.example.com, Type=A, SetIdentifier="
    code, words = refusal(zone(), change("CREATE", a | {"Weight": 1}))
    assert (code, words) == ("InvalidInput", f"Invalid request: Missing field 'SetIdentifier' {where}null]")
    code, words = refusal(zone(), change("CREATE", a | {"SetIdentifier": "x"}))
    assert code == "InvalidInput"
    assert words.endswith(f"but found none {where}x]")
    both = {"SetIdentifier": "x", "Weight": 1, "Region": "us-west-1"}
    assert "but found more than one" in refusal(zone(), change("CREATE", a | both))[1]
    mixed = refusal(zone(a), change("CREATE", a | {"SetIdentifier": "x", "Weight": 1}))
    assert "cannot be created as other RRSets exist with the same name and type" in mixed[1]


def test_an_unknown_type_or_action_violates_the_model() -> None:
    a = record("a.example.com", "A", "192.0.2.1")
    code, words = refusal(zone(), change("CREATE", a | {"Type": "B"}))
    assert code == "InvalidInput"
    assert words.startswith(
        "1 validation error detected: Value 'B' at 'changeBatch.changes.1.member.resourceRecordSet.type' failed to "
        "satisfy constraint: Member must satisfy enum value set: ["
    )
    assert refusal(zone(), change("REPLACE", a))[0] == "InvalidInput"
    assert refusal(zone(), change("CREATE", a | {"TTL": -1}))[0] == "InvalidInput"


def test_every_problem_of_a_batch_is_reported() -> None:
    first, second = record("a.example.com", "A", "x"), record("b.example.org", "A", "192.0.2.1")
    words = refusal(zone(), change("CREATE", first), change("CREATE", second))[1]
    assert words.count("ARRDATAIllegalIPv4Address") == words.count("is not permitted in zone") == 1
