"""Statements of PartiQL, as IAM sees them."""

import pytest

from localcloud.authorization.needs import needs_of
from localcloud.authorization.partiql import read, statements_of
from localcloud.authorization.resources import Place

PLACE = Place(account_id="123456789012", region="us-west-1")
TABLES = "arn:aws:dynamodb:us-west-1:123456789012:table"

READ = [
    ("SELECT * FROM Music", "Select", "Music", "", {}),
    ('select * from "Music" where "Artist" = \'Ann\'', "Select", "Music", "", {"Artist": ["Ann"]}),
    ("SELECT a.b, c FROM \"Music\".\"by-year\" WHERE year = 1980;", "Select", "Music", "by-year", {"year": ["1980"]}),
    ("SELECT * FROM Music WHERE Artist IN ['Ann', 'Bob']", "Select", "Music", "", {"Artist": ["Ann", "Bob"]}),
    ("SELECT * FROM Music WHERE Artist IN ('Ann')", "Select", "Music", "", {"Artist": ["Ann"]}),
    ("SELECT * FROM Music WHERE Artist = 'Ann' OR x = 1", "Select", "Music", "", {}),
    ("SELECT * FROM Music WHERE NOT Artist = 'Ann'", "Select", "Music", "", {}),
    ("SELECT * FROM Music WHERE x.Artist = 'Ann'", "Select", "Music", "", {}),
    ("SELECT * FROM Music WHERE begins_with(Artist, 'A')", "Select", "Music", "", {}),
    ("SELECT * FROM Music WHERE Artist = 'it''s OR' ORDER BY x", "Select", "Music", "", {"Artist": ["it's OR"]}),
    ("EXISTS(SELECT * FROM Music WHERE Artist = 'Ann')", "Select", "Music", "", {"Artist": ["Ann"]}),
    ("INSERT INTO Music VALUE {'a': 'Ann', 'b': {'a': 'Bob'}}", "Insert", "Music", "", {"a": ["Ann"], "b": []}),
    ("UPDATE Music SET x = 'Bob' WHERE Artist = 'Ann' RETURNING ALL NEW *", "Update", "Music", "", {"Artist": ["Ann"]}),
    ("DELETE FROM Music WHERE Artist = 'Ann'", "Delete", "Music", "", {"Artist": ["Ann"]}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "verb", "table", "index", "equal"), READ)
def test_a_statement_names_its_table_and_what_its_items_have(
    text: str, verb: str, table: str, index: str, equal: dict[str, list[str]]
) -> None:
    found = read(text)
    assert found is not None
    assert (found.action, found.table, found.index, found.equal) == (f"PartiQL{verb}", table, index, equal)


def test_question_marks_stand_for_parameters_in_their_order() -> None:
    given = [{"S": "x"}, {"S": "Ann"}, {"N": "7"}]
    found = read("UPDATE Music SET a = ? WHERE Artist = ? AND n = ?", given)
    assert found is not None
    assert found.equal == {"Artist": ["Ann"], "n": ["7"]}
    inserted = read("INSERT INTO Music VALUE {'Artist': ?}", [{"S": "Ann"}])
    assert inserted is not None
    assert inserted.equal == {"Artist": ["Ann"]}


def test_a_statement_names_its_attributes() -> None:
    for text, names in {
        "SELECT a, b.c, size(d) FROM T WHERE e = 'f' AND g > 1": ["a", "b", "d", "e", "g"],
        "INSERT INTO T VALUE {'a': 1, 'b': {'c': 2}}": ["a", "b"],
        "UPDATE T SET a = 1 REMOVE b WHERE c = 2": ["a", "b", "c"],
        "SELECT * FROM T": [],
    }.items():
        found = read(text)
        assert found is not None
        assert found.attributes == names, text


@pytest.mark.parametrize(
    "text",
    [
        "", "DROP TABLE Music", "SELECT *", "SELECT * FROM",
        "SELECT * FROM Music, Other", "SELECT * FROM Music -- more",
        "SELECT * FROM Music AS m WHERE m.Artist = 'Ann'", "SELECT * FROM Music WHERE a = 1 -- AND Artist = 'Ann'",
        "INSERT INTO WHERE", "SELECT * FROM Music WHERE a = 'Ann",
    ],
)  # fmt: skip
def test_text_that_is_not_partiql_is_not_read(text: str) -> None:
    assert read(text) is None


def test_each_statement_needs_its_own_action_on_its_table_or_index() -> None:
    batch = [{"Statement": "SELECT * FROM A.b"}, {"Statement": "DELETE FROM C WHERE x = 1"}, {"Statement": "no"}]
    assert [each and each.action for each in statements_of("BatchExecuteStatement", {"Statements": batch})] == [
        "PartiQLSelect",
        "PartiQLDelete",
        None,
    ]
    needs = needs_of("dynamodb", "BatchExecuteStatement", {"Statements": batch}, PLACE)
    assert [(each.action, each.resource) for each in needs] == [
        ("dynamodb:PartiQLSelect", f"{TABLES}/A/index/b"),
        ("dynamodb:PartiQLDelete", f"{TABLES}/C"),
        ("dynamodb:BatchExecuteStatement", "*"),
    ]
    assert statements_of("ExecuteTransaction", {"TransactStatements": batch[:1]}) == [read("SELECT * FROM A.b")]
    assert statements_of("GetItem", {"TableName": "A"}) == []
