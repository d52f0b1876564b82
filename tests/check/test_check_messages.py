"""Rules about messages, examples, tools and output."""

import pytest
from linted import found, problems


def messages(*pairs: str) -> str:
    return "messages:\n" + "".join(
        f"- {{role: {pair.split(' ', 1)[0]}, content: {pair.split(' ', 1)[1]}}}\n" for pair in pairs
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (messages("system ''", "user x"), 1),
        (messages("system '  '", "user '\\n'"), 1),
        (messages("system x", "user '{{ v }}'"), 0),
        ("template: ''\n", 1),
    ],
)
def test_a_message_without_text_is_found(tmp_path, text, count):
    assert len(found(tmp_path, "LP070", text)) >= count if count else not found(tmp_path, "LP070", text)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        (messages("user x", "system y"), ["warning system"]),
        (messages("system x", "user y", "developer z"), ["warning developer"]),
        ("messages:\n- {placeholder: h}\n- {role: system, content: x}\n", ["warning system"]),
        (messages("system x", "system y", "user z"), []),
        (messages("user x", "assistant y", "user z"), []),
    ],
)
def test_a_system_message_behind_others_is_found(tmp_path, text, marks):
    assert found(tmp_path, "LP071", text) == marks


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (messages("system 'Be exact.'", "system 'Be exact. '", "user x"), 1),
        (messages("system x", "user x"), 0),
        (messages("user '{{ a }}'", "assistant b", "user '{{ a }}'"), 0),
        (messages("user a", "assistant b", "user c"), 0),
    ],
)
def test_a_message_that_stands_twice_is_found(tmp_path, text, count):
    assert len(found(tmp_path, "LP072", text)) == count


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("template: 'Answer: '\n", "3:19"),
        ("template: |\n  Answer:\t\n", "4:10"),
        ("template: |-\n  one  \n  two\n", None),
        ("template: 'Answer:'\n", None),
        ("template: |\n  Answer:\n\n", None),
        ("template: ' '\n", None),
        ("template: >\n  Answer:\n", None),
    ],
)
def test_white_space_at_a_message_s_end_is_found_at_its_place(tmp_path, text, where):
    places = [f"{one.source.line}:{one.source.column}" for one in problems(tmp_path, "LP073", text)]
    assert places == ([where] if where else [])


@pytest.mark.parametrize(
    "sentence",
    [
        "Today is 3 March 2025.",
        "today's date is 2025-03-03",
        "The current year is 2024.",
        "Current date: 2024-05-01",
        "It is now 2024.",
        "The current date is May 3, 2025",
    ],
)
def test_a_text_that_says_what_day_it_is_is_found(tmp_path, sentence):
    assert len(found(tmp_path, "LP074", f"template: |\n  Be brief. {sentence}\n")) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "Today is {{ today }}.",
        "The invoice of 2024-05-01 is due today.",
        "Founded in 1999, the company sells tea.",
        "Dates are YYYY-MM-DD, e.g. 2024-05-01.",
        "The current year matters. In 2024 it did not.",
        "Do not say that today is a good day; 2024 is over.",
    ],
)
def test_other_dates_are_no_alarm(tmp_path, sentence):
    assert found(tmp_path, "LP074", f"template: |\n  {sentence}\n") == []


def test_a_prompt_of_system_messages_only_is_found(tmp_path):
    assert len(found(tmp_path, "LP075", messages("system x"))) == 1
    assert len(found(tmp_path, "LP075", messages("system x", "assistant y"))) == 1
    assert found(tmp_path, "LP075", "messages:\n- {role: system, content: x}\n- {placeholder: h}\n") == []
    assert found(tmp_path, "LP075", "template: x\n") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("template: 'Answer with one JSON object.'\n", 1),
        ("template: 'Return only valid JSON.'\n", 1),
        ("template: 'Respond in JSON format'\n", 1),
        ("template: 'Answer in one word. The input is JSON.'\n", 0),
        ("template: 'Do not return JSON.'\n", 0),
        ("template: 'Write a poem, without JSON.'\n", 0),
        ("template: 'Answer with one JSON object.'\noutput: {format: json}\n", 0),
        ("model: gpt-4\ntemplate: 'Answer with one JSON object.'\n", 0),
        ("model: echo/m\ntemplate: 'Answer with one JSON object.'\n", 0),
    ],
)
def test_json_asked_for_in_words_only_is_a_note(tmp_path, text, count):
    assert [mark.split(" ")[0] for mark in found(tmp_path, "LP080", text)] == ["note"] * count


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("output: {schema: {type: objekt}}\n", "no JSON Schema"),
        ("output: {schema: {type: object, required: total}}\n", "no JSON Schema"),
        ("output: {schema: {type: object, properties: [a]}}\n", "no JSON Schema"),
        ("output: {schema: {$ref: 'https://example.org/s.json'}}\n", "outside itself"),
        ("output: {schema: {type: string, pattern: '['}}\n", "no regular expression"),
        ("output: {schema: {type: string, minLength: 5, maxLength: 2}}\n", "allows nothing"),
        ("variables: {v: {type: string, pattern: '('}}\n", "no regular expression"),
        ("variables: {v: {type: integer, minimum: 5, maximum: 2}}\n", "allows nothing"),
        ("variables: {v: {type: array, items: {type: strin}}}\n", "no JSON Schema"),
        ("variables: {v: {type: object, rest: true}, w: {type: object, rest: true}}\n", "each take the other inputs"),
        ("variables: {v: {type: object, rest: true}, w: string}\n", ""),
        ("output: {schema: {type: object, properties: {a: {type: [string, 'null']}}, required: [a]}}\n", ""),
        ("output: {schema: {$defs: {a: {type: string}}, $ref: '#/$defs/a'}}\n", ""),
        ("variables: {v: {type: array, items: {type: string, pattern: '^a'}, minItems: 1}, w: string}\n", ""),
        ("output: {format: json}\n", ""),
    ],
)
def test_a_schema_that_is_none_is_found(tmp_path, text, said):
    names = ("{{ v | tojson }}" if "v:" in text else "") + ("{{ w }}" if "w:" in text else "")
    results = problems(tmp_path, "LP081", f"{text}template: 'x {names}'\n")
    assert [said in one.message for one in results] == ([True] if said else [])


STRICT = "output: {strict: true, schema: {type: object, properties: {a: {type: string}}, %s}}\ntemplate: x\n"


@pytest.mark.parametrize(
    ("model", "more", "count"),
    [
        ("gpt-4o", "required: [a], additionalProperties: false", 0),
        ("gpt-4o", "required: [a]", 1),
        ("gpt-4o", "additionalProperties: false", 1),
        ("claude-sonnet-4-6", "additionalProperties: false", 0),
        ("gpt-4o", "required: [a], additionalProperties: false, not: {}", 1),
        ("gpt-4o", "required: [a], additionalProperties: false, $defs: {b: {type: object, properties: {}}}", 1),
    ],
)
def test_what_strict_outputs_refuse_is_found(tmp_path, model, more, count):
    assert len(found(tmp_path, "LP082", f"model: {model}\n{STRICT % more}")) == count
    assert found(tmp_path, "LP082", f"model: {model}\n{STRICT % more}".replace("strict: true, ", "")) == []


def test_a_strict_schema_needs_an_object_at_its_top(tmp_path):
    (problem,) = problems(
        tmp_path, "LP082", "output: {strict: true, schema: {type: array, items: {type: string}}}\ntemplate: x\n"
    )
    assert "the top must be" in problem.message


OUT = "output: {schema: {type: object, properties: {total: {type: string}}, required: [total]}}\ntemplate: '{{ d }}'\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{inputs: {d: x}, output: {total: 12.5}}", "does not fit"),
        ("{inputs: {d: x}, output: {}}", "does not fit"),
        ("{inputs: {d: x}, output: '{\"total\": 5}'}", "does not fit"),
        ("{inputs: {d: x}, output: 'twelve'}", "is not JSON"),
        ("{inputs: {d: x}, output: {total: '12.50'}}", ""),
        ('{inputs: {d: x}, output: \'{"total": "5"}\'}', ""),
        ("{user: x, assistant: {total: '1'}}", ""),
    ],
)
def test_an_example_that_the_schema_does_not_allow_is_found(tmp_path, row, said):
    results = problems(tmp_path, "LP083", f"examples: [{{inputs: {{d: y}}, output: {{total: a}}}}, {row}]\n{OUT}")
    assert [said in one.message for one in results] == ([True] if said else [])
    assert all("example 2" in one.message and one.source.line == 3 for one in results)


def test_examples_that_are_not_shown_or_not_json_are_no_alarm(tmp_path):
    bad = "{inputs: {d: x}, output: {total: 1}}"
    assert found(tmp_path, "LP083", f"examples: {{k: 0, rows: [{bad}]}}\n{OUT}") == []
    assert found(tmp_path, "LP083", f"examples: [{bad}]\ntemplate: '{{{{ d }}}}'\n") == []


def test_an_example_of_a_file_is_marked_at_the_file_s_name(tmp_path):
    files = {"prompts/e.jsonl": '{"inputs": {"d": "x"}, "output": {"total": 1}}\n'}
    (problem,) = problems(tmp_path, "LP083", f"examples: {{file: e.jsonl}}\n{OUT}", files=files)
    assert problem.excerpt == "examples: {file: e.jsonl}"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{inputs: {document: x, text: y}, output: z}", "gives text, which is no variable"),
        ("{inputs: {}, output: z}", "does not give document"),
        ("{inputs: {document: x}}", "has no answer"),
        ("{output: z}", "has no question"),
        ("{inputs: {document: x}, input: y, output: z}", "more than one question"),
        ("{inputs: {document: x}, output: z}", ""),
        ("{input: a question as text, output: z}", ""),
    ],
)
def test_an_example_that_cannot_be_rendered_is_found(tmp_path, row, said):
    text = f"variables: {{document: string, tone: {{type: string, default: a}}}}\nexamples: [{row}]\ntemplate: '{{{{ document }}}}{{{{ tone }}}}'\n"
    results = problems(tmp_path, "LP084", text)
    assert [said in one.message for one in results] == ([True] if said else [])


def tool(text: str) -> str:
    return f"template: x\ntools:\n- {text}\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (tool("{type: function, function: {name: 'look up!', description: d}}"), 1),
        (tool("{type: function, function: {description: d}}"), 1),
        (tool(f"{{type: function, function: {{name: {'a' * 65}}}}}"), 1),
        (tool("{name: a}\n- {name: a}"), 1),
        (tool("{type: function, function: {name: look_up-2}}"), 0),
        (tool("{type: web_search}"), 0),
        (tool("{name: a, input_schema: {type: object}}"), 0),
    ],
)
def test_a_tool_without_a_usable_name_is_found(tmp_path, text, count):
    assert len(found(tmp_path, "LP085", text)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (tool("{type: function, function: {name: a}}"), 1),
        (tool("{type: function, function: {name: a, description: ' '}}"), 1),
        (tool("{name: a, description: Finds.}"), 0),
        (tool("{type: web_search}"), 0),
    ],
)
def test_a_tool_that_says_nothing_of_itself_is_found(tmp_path, text, count):
    assert len(found(tmp_path, "LP086", text)) == count


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{type: object, properties: {mail: {type: string}}, required: [email]}", "requires email"),
        ("{type: objekt}", "no JSON Schema"),
        ("{type: string}", "must be `type: object`"),
        ("[a]", "not a mapping"),
        ("{type: object, properties: {mail: {type: string}}, required: [mail]}", ""),
        ("{type: object}", ""),
    ],
)
def test_parameters_that_no_call_can_fill_are_found(tmp_path, schema, said):
    text = tool(f"{{type: function, function: {{name: a, description: d, parameters: {schema}}}}}")
    results = problems(tmp_path, "LP087", text)
    assert [said in one.message for one in results] == ([True] if said else [])
