import jsonschema
import pace
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llmops_cli.compare.schemas import findings

VALUES = [None, True, -1, 0, 1, 2, 3, 0.5, 2.5, "", "a", "b", "abc", [], [1], ["a", "a"], ["a", 1], {}]
VALUES += [
    0.25,
    1.5,
    4,
    6,
    ["a"],
    ["b", 1],
    [1, 2, "a"],
    {"x": 1, "y": 1},
    {"y": "b"},
    {"x": [1]},
    {"x": "abc"},
    {"z": 1},
]
VALUES += [{"x": 1}, {"x": "a"}, {"x": None}, {"y": 1}, {"x": 1, "y": "a"}, {"x": "a", "y": ["a"]}, {"x": {"x": 1}}]
# New fields are compatible by our table: nobody sends or reads what was not there. By logic they are not.
BY_TABLE = (" added", " added, optional", "other fields may appear")
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]


def keys(**one):
    """Some of these keywords, in one schema."""
    return st.fixed_dictionaries({}, optional=one)


SCALARS = keys(
    type=st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True),
    enum=st.lists(st.sampled_from(VALUES[:14]), min_size=1, max_size=4, unique_by=repr),
    const=st.sampled_from(VALUES[:12]),
    minimum=st.integers(-1, 2),
    exclusiveMinimum=st.integers(-1, 2),
    maximum=st.integers(0, 3),
    multipleOf=st.sampled_from([0.25, 0.5, 1, 1.5, 2, 3, 4]),
    exclusiveMaximum=st.integers(0, 3),
    maxItems=st.integers(0, 2),
    minProperties=st.integers(0, 2),
    minLength=st.integers(0, 2),
    maxLength=st.integers(0, 3),
    pattern=st.sampled_from(["a", "^b"]),
    minItems=st.integers(0, 2),
    uniqueItems=st.booleans(),
    maxProperties=st.integers(0, 2),
    title=st.just("t"),
)
REF = st.just({"$ref": "#/$defs/D"}) | st.just({"$ref": "#/$defs/D", "minLength": 1})


def wider(inner):
    """Schemas of schemas."""
    return st.one_of(
        keys(items=inner, type=st.just("array"), prefixItems=st.lists(inner, max_size=1)),
        st.fixed_dictionaries(
            {"properties": st.fixed_dictionaries({"x": inner, "y": inner})},
            optional={
                "type": st.just("object"),
                "required": st.lists(st.sampled_from("xy"), unique=True),
                "additionalProperties": st.booleans() | SCALARS,
                "propertyNames": st.sampled_from([{"minLength": 1}, {"enum": ["x"]}, {"enum": ["x", "y"]}]),
                "dependentRequired": st.sampled_from([{}, {"x": ["y"]}, {"x": ["y", "z"]}, {"y": ["x"]}]),
                "dependentSchemas": st.fixed_dictionaries({"x": inner}),
                "patternProperties": st.fixed_dictionaries({"^x": inner}),
            },
        ),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        keys(anyOf=st.lists(inner, min_size=1, max_size=2), type=st.sampled_from(TYPES)),
        keys(**{"not": inner, "if": inner, "then": inner, "else": inner, "contains": inner}),
        keys(contains=inner, minContains=st.integers(0, 2), maxContains=st.integers(1, 2)),
        keys(type=st.sampled_from(TYPES), oneOf=st.lists(inner, min_size=1, max_size=2)),
    )


SCHEMA = st.recursive(SCALARS | REF | st.booleans(), wider, max_leaves=5)
DOCUMENT = st.tuples(SCHEMA, SCALARS).map(
    lambda pair: {**(pair[0] if isinstance(pair[0], dict) else {"allOf": [pair[0]]}), "$defs": {"D": pair[1]}}
)


@st.composite
def edited(draw):
    """A document, and the same with a part of it replaced: so that many pairs are nearly alike."""
    before = draw(DOCUMENT)
    after = {**before, **draw(SCALARS)}
    for key in draw(st.lists(st.sampled_from(sorted(after)), max_size=2)):
        if key != "$defs":
            after.pop(key, None)
    return before, draw(st.sampled_from([after, draw(DOCUMENT)]))


def allows(schema, value):
    return jsonschema.Draft202012Validator(schema).is_valid(value)


@st.composite
def nearly_alike(draw):
    """A keyword that holds schemas, on two sides that differ inside of it."""
    beside = draw(st.sampled_from([{}, {"type": "object"}, {"type": "array"}, {"type": "number"}]))
    key = draw(st.sampled_from(["not", "then", "else", "contains", "propertyNames", "dependentSchemas"]))
    wrap = {"then": {"if": draw(SCALARS)}, "else": {"if": draw(SCALARS)}}.get(key, {})
    sides = draw(SCHEMA), draw(SCHEMA)
    return [
        {**beside, **wrap, key: {"x": side} if key == "dependentSchemas" else side, "$defs": {"D": {}}}
        for side in sides
    ]


@settings(max_examples=200, deadline=None)
@given(edited() | nearly_alike())
def test_what_is_called_compatible_is_so_for_every_value(pair):
    before, after = pair
    for side, giver, taker in (("input", before, after), ("output", after, before)):
        found = findings(before, after, side=side, name="x")
        if not any(finding.breaking or finding.words.endswith(BY_TABLE) for finding in found):
            assert [value for value in VALUES if allows(giver, value) and not allows(taker, value)] == []


@settings(max_examples=150, deadline=None)
@given(DOCUMENT)
def test_a_schema_is_compatible_with_itself(schema):
    assert findings(schema, schema, side="input", name="x") == ()
    assert findings(schema, schema, side="output", name="x") == ()


@settings(max_examples=150, deadline=None)
@given(SCALARS, SCALARS)
def test_what_is_wider_for_a_sender_is_narrower_the_other_way_round(before, after):
    there = findings(before, after, side="input", name="x")
    back = findings(after, before, side="output", name="x")
    assume(there or back)
    assert any(one.breaking for one in there) == any(one.breaking for one in back)


def nested(depth, leaf):
    """Alternatives in alternatives, each level named twice."""
    level = {"type": leaf}
    defs = {"D0": level}
    for at in range(1, depth):
        ref = {"$ref": f"#/$defs/D{at - 1}"}
        branch = [{"type": "object", "properties": {name: ref}, "required": [name]} for name in "abc"]
        defs[f"D{at}"] = {"anyOf": branch}
    return {"$ref": f"#/$defs/D{depth - 1}", "$defs": defs}


@pytest.mark.parametrize("depth", [5, 40, 400])
def test_a_hostile_schema_is_called_breaking_within_two_seconds(depth):
    before, after = nested(depth, "string"), nested(depth, "integer")
    assert any(finding.breaking for finding in findings(before, after, side="output", name="output"))
    assert pace.seconds(lambda: findings(before, after, side="output", name="output"), 2) < 2


def test_a_reference_to_itself_comes_to_an_end():
    loop = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert findings(loop, loop, side="output", name="output") == ()
    assert findings(loop, {"type": "string"}, side="input", name="x") != ()


# Numbers by quarters far beyond every bound below, with null and a text: here the values are the whole truth.
NUMBERS = [None, "a", *(quarter / 4 for quarter in range(-60, 121))]
OF_NUMBERS = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number", ["integer", "null"], ["number", "string"]])},
    optional={
        "minimum": st.integers(-2, 2),
        "exclusiveMinimum": st.integers(-2, 2),
        "maximum": st.integers(8, 14),
        "exclusiveMaximum": st.integers(8, 14),
        "enum": st.lists(st.sampled_from([None, "a", 1, 2.5, 4, 6]), min_size=1, max_size=4, unique_by=repr),
        "title": st.just("t"),
    },
)
STEPS = OF_NUMBERS.flatmap(
    lambda said: (
        st.sampled_from([said, {**said, "multipleOf": 0.5}, {**said, "multipleOf": 2}])
        if "enum" not in said
        else st.just(said)
    )
)


def bounded(schema):
    """Neither `≤ 8` nor `< 9` beside each other: of whole numbers they may say the same about steps alone."""
    return "multipleOf" not in schema or not {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & {*schema}


@settings(max_examples=200, deadline=None)
@given(STEPS.filter(bounded), STEPS.filter(bounded))
def test_numbers_break_exactly_where_a_value_is_lost(before, after):
    for side, giver, taker in (("input", before, after), ("output", after, before)):
        given_values = [value for value in NUMBERS if allows(giver, value)]
        assume(given_values)
        lost = [value for value in given_values if not allows(taker, value)]
        found = findings(before, after, side=side, name="x")
        assert any(finding.breaking for finding in found) == bool(lost), (lost[:3], found)


@pytest.mark.parametrize("depth", [3, 10, 30])
def test_refusals_in_refusals_come_to_an_end(depth):
    def refused(leaf):
        schema = {"type": leaf}
        for _ in range(depth):
            schema = {"not": {"anyOf": [schema, {"not": {"const": 1}, "type": "object"}]}}
        return schema

    before, after = refused("string"), refused("integer")
    assert pace.seconds(lambda: findings(before, after, side="output", name="output"), 2) < 2
