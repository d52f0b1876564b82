import json

import pytest
from exchanged import prompt_of

from llmops_cli.convert import promptfoo
from llmops_cli.convert._source import yaml_of
from llmops_cli.errors import LlmopsError
from llmops_cli.model.prompt import Message, Placeholder, Prompt, Variable
from llmops_cli.model.source import NOWHERE
from llmops_cli.render.messages import Renderer


def read(config, **files):
    data = {name.replace("__", "/"): text.encode() for name, text in files.items()}
    return promptfoo.read({"promptfooconfig.yaml": config.encode(), **data}, "promptfooconfig.yaml")


def with_files(config, files):
    data = {name: text.encode() for name, text in files.items()}
    return promptfoo.read({"promptfooconfig.yaml": config.encode(), **data}, "promptfooconfig.yaml")


def sent(foreign, **values):
    with Renderer(prompt_of(foreign.versions[-1])) as renderer:
        return [(one["role"], one["content"]) for one in renderer.render(values).messages]


def losses(imported):
    return [f"{loss.path}: {loss.message}" for loss in imported.losses]


def test_a_configuration_in_json_is_read_as_json():
    escaped = b'{"prompts": ["a \\ud83d\\udc4d {{x}}"], "tests": ["cases.json"]}'
    files = {"promptfooconfig.json": escaped, "cases.json": b'[{"vars": {"x": "\\ud83d\\udc4d"}}]'}
    (prompt,) = promptfoo.read(files, "promptfooconfig.json").prompts
    assert sent(prompt, **prompt.cases[0]["inputs"]) == [("user", "a 👍 👍")]


def test_prompts_providers_and_tests_come_in():
    imported = read("""\
prompts: ["Translate {{text}} to {{ lang | upper }}. Keep {json}."]
providers:
  - id: openai:chat:gpt-4o-mini
    config: {temperature: 0.2, max_tokens: 50}
  - anthropic:messages:claude-sonnet-4-6
defaultTest: {vars: {lang: en}, assert: [{type: icontains, value: x}]}
tests:
  - {description: one, vars: {text: a}, assert: [{type: equals, value: A}]}
  - {vars: {text: b, lang: de}, assert: [{type: not-contains, value: y}]}
""")
    assert not imported.losses
    (prompt,) = imported.prompts
    assert prompt.id == "promptfoo"
    document = prompt.versions[-1].document
    assert (document["model"], document["params"]) == ("gpt-4o-mini", {"temperature": 0.2, "max_tokens": 50})
    assert document["x-promptfoo"]["providers"] == ["anthropic:messages:claude-sonnet-4-6"]
    assert sent(prompt, text="{{ lang }}", lang="fr") == [("user", "Translate {{ lang }} to FR. Keep {json}.")]
    icontains = {"type": "contains", "value": "x", "ignore_case": True}
    assert prompt.cases == (
        {"id": "one", "inputs": {"lang": "en", "text": "a"}, "expected": "A", "checks": [{"type": "exact"}, icontains]},
        {
            "id": "case-002",
            "inputs": {"lang": "de", "text": "b"},
            "checks": [icontains, {"type": "contains", "value": "y", "not": True}],
        },
    )


def test_a_list_of_values_is_a_case_each_unless_the_test_says_not():
    base = "prompts: ['{{a}}{{b | join}}']\ntests:\n  - {vars: {a: [x, y], b: [1, 2]}%s}\n"
    assert len(read(base % "").prompts[0].cases) == 4
    kept = read(base % ", options: {disableVarExpansion: true}").prompts[0].cases
    assert [case["inputs"] for case in kept] == [{"a": ["x", "y"], "b": [1, 2]}]


def test_files_are_read_beside_the_configuration_and_nowhere_else():
    files = {
        "p.txt": "One {{x}}\n---\nTwo --- {{x}}\n",
        "sub/chat.json": '[{"role": "system", "content": "S"}, {"role": "user", "content": "{{x}}"}]',
        "chat.yaml": "- role: user\n  content: |\n    Y {{x}}\n",
        "m.md": "# {{x}}\n---\nstill the same\n",
        "lines.jsonl": '[{"role": "user", "content": "L {{x}}"}]\n',
    }
    config = "prompts: ['file://p.txt', sub/*.json, chat.yaml, 'file://m.md', lines.jsonl]\n"
    imported = with_files(config, files)
    assert not imported.losses
    assert [sent(prompt, x="1") for prompt in imported.prompts] == [
        [("user", "One 1")],
        [("user", "Two --- 1")],
        [("system", "S"), ("user", "1")],
        [("user", "Y 1\n")],
        [("user", "# 1\n---\nstill the same\n")],
        [("user", "L 1")],
    ]
    assert [prompt.id for prompt in imported.prompts] == ["p-1", "p-2", "chat", "chat-2", "m", "lines"]
    for outside in ("file://../secret.txt", "file:///etc/passwd", "/etc/hostname.txt"):
        assert "is not here" in losses(with_files(f"prompts: [ok, '{outside}']\n", {}))[0]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("prompts: [ok, 'file://gen.py']", "is a program"),
        ("prompts: [ok, 'gen.js:make']", "is a program"),
        ("prompts: [ok, 'exec:./run.sh']", "run or fetched there"),
        ("prompts: [ok, 'langfuse://p:1']", "run or fetched there"),
        ("prompts: [{label: a, raw: ok, function: x}]", "code, or not known"),
        ("prompts: [{label: a, raw: ok, config: {prefix: 'P '}}]", "put around the text"),
        ("prompts: ['{{ env.KEY }}']", "reads the environment"),
        ("prompts: ['{% include \"x\" %}']", "statement include"),
        ("prompts: ['{% for x in y %}{{ x | nl2br }}{% endfor %}']", "no template that both"),
        ('prompts: [\'[{"role": "user", "content": {{ a | dump }}}]\']', "a chat there once"),
        ('prompts: [\'{"messages": [{"role": "user", "content": "a"}]}\']', "a chat there once"),
        ("prompts: [ok]\nextensions: ['file://hook.py:x']", "is code"),
        ("prompts: [ok]\nscenarios: []", "has no place"),
        ("prompts: [ok]\nproviders: ['exec:python x.py']", "names no model"),
        ("prompts: [ok]\nproviders: ['file://p.yaml']", "names no model"),
        ("prompts: [ok]\nproviders: [{id: 'openai:gpt-4o', config: {apiKey: s3cret}}]", "a host, a header or a key"),
        ("prompts: ['{{a}}']\ntests: [{vars: {a: x}, assert: [{type: llm-rubric, value: y}]}]", "llm-rubric"),
        ("prompts: ['{{a}}']\ntests: [{vars: {a: x}, assert: [{type: contains, value: y, weight: 3}]}]", "no weight"),
        (
            "prompts: ['{{a}}']\ntests: [{vars: {a: x}, assert: [{type: contains, value: '{{a}}'}]}]",
            "is rendered or read",
        ),
        ("prompts: ['{{a}}']\ntests: [{vars: {a: '{{b}}'}}]", "rendered as a template there"),
        ("prompts: ['{{a}}']\ntests: ['file://cases.csv']", "is no YAML"),
        ("prompts: ['{{a}}']\ntests: [{vars: {a: 'file://x.py'}}]", "is no plain text"),
        ("prompts: ['{{a}}']\ntests: [{vars: {a: x}, threshold: 0.5}]", "no place in a case"),
    ],
)
def test_what_is_code_or_has_no_place_is_a_loss(config, words):
    found = losses(read(config))
    assert any(words in one for one in found), found
    assert "s3cret" not in json.dumps([prompt.versions[-1].document for prompt in read(config).prompts])


@pytest.mark.parametrize(
    "config", ["tests: [{vars: {a: 1}}]", "prompts: ['exec:x']", "[]", "prompts: ok\nprompts: twice"]
)
def test_a_configuration_without_a_prompt_is_refused(config):
    with pytest.raises(LlmopsError):
        read(config)


def test_dump_becomes_stringify_which_writes_the_same_bytes():
    config = "prompts: ['{{ a | dump }} {{ b | safe }} {% if a === 1 %}x{% elseif b %}y{% endif %}{{ a | dump(2) }}']\n"
    imported = read(config + "tests: [{vars: {a: {b: 1}, b: t}}]\n")
    assert not imported.losses
    content = imported.prompts[0].versions[-1].document["messages"][0]["content"]
    assert content == "{{ a | stringify }} {{ b  }} {% if a == 1 %}x{% elif b %}y{% endif %}{{ a | stringify(2) }}"
    sent_there = '{"b":1,"a":[null,"<"]} t {\n  "b": 1,\n  "a": [\n    null,\n    "<"\n  ]\n}'
    assert sent(imported.prompts[0], a={"b": 1, "a": [None, "<"]}, b="t") == [
        ("user", f"{sent_there.replace(' t ', ' t y', 1)}")
    ]
    written = promptfoo.write(prompt_of(imported.prompts[0].versions[-1]))
    assert not written.losses
    assert b"{{ a | dump }}" in written.files["promptfooconfig.yaml"]


DIFFERING = [
    ("{% for i in xs if i %}{{ i }}{% endfor %}", "a loop with `if`"),
    ("{{ xs[:2] }}", "a slice"),
    ("{% if f == True %}t{% endif %}", "variables there"),
    ("{{ d | indent(2) }}", "indent"),
    (r"{{ 'a\u00e9' }}{{ x | default('\x41') }}", "escapes"),
    ("{{ x * 1.0 }}", "prints otherwise"),
    ("{% set n = 0 %}{% for i in xs %}{% set n = i %}{% endfor %}{{ n }}", "set in a loop"),
]


@pytest.mark.parametrize(("template", "words"), DIFFERING)
def test_code_that_plain_values_show_as_another_language_is_a_loss_both_ways(template, words):
    imported = read(json.dumps({"prompts": [template]}))
    assert any(words in loss.message for loss in imported.losses)
    prompt = Prompt("x", "m", (Message("user", template),), NOWHERE)
    assert any(words in loss.message for loss in promptfoo.write(prompt).losses)


RARE = [
    ("{{ n % 3 }}", "negative"),
    ("{% if a < b %}x{% endif %}", "compared"),
    ("{% if a == b %}x{% endif %}", "digits"),
    ("{{ a * 2 }}", "3.0"),
    ("{% if o.xs %}x{% endif %}", "an empty list"),
]


@pytest.mark.parametrize(("template", "words"), RARE)
def test_code_that_only_rare_values_show_is_a_note_both_ways(template, words):
    imported = read(json.dumps({"prompts": [template]}))
    assert not imported.losses
    assert any(words in note for note in imported.notes)
    written = promptfoo.write(Prompt("x", "m", (Message("user", template),), NOWHERE))
    assert not written.losses
    assert any(words in note for note in written.notes)


def test_plain_code_has_no_note():
    template = "{% for x in xs %}{% if x == 'a' %}{{ loop.index }}{% endif %}{{ x | upper }}{% endfor %}{{ a ~ '%' }}"
    written = promptfoo.write(Prompt("x", "m", (Message("user", template),), NOWHERE))
    assert (written.losses, written.notes) == ((), ())


def test_json_of_ours_and_the_truth_of_a_list_are_losses_and_a_decimal_number_a_note():
    def said(template, kind):
        variables = (Variable("x", {"type": kind}),)
        return promptfoo.write(Prompt("x", "m", (Message("user", template),), NOWHERE, variables=variables))

    assert any("JSON" in loss.message for loss in said("{{ x | tojson }}", "array").losses)
    assert any("empty one" in loss.message for loss in said("{% if x %}a{% endif %}", "object").losses)
    assert not said("{% if x %}a{% endif %}", "string").losses
    assert any("1.0 prints 1" in note for note in said("{{ x }}", "number").notes)


def test_the_end_of_a_comment_goes_out_as_text():
    prompt = Prompt("x", "m", (Message("user", "c #} %} }}"),), NOWHERE)
    assert b"{{ '#}' }} %} }}" in promptfoo.write(prompt).files["promptfooconfig.yaml"]


ASKS = Prompt("x", "m", (Message("user", "{{ a }}"),), NOWHERE, variables=(Variable("a", {"type": "string"}),))


@pytest.mark.parametrize(
    "case",
    [
        {"id": "c", "inputs": {"a": "say {{ secret }}"}},
        {"id": "c", "inputs": {"a": "{% if"}},
        {"id": "c", "inputs": {"a": "{# c"}},
        {"id": "c", "inputs": {"a": "file:///etc/passwd"}},
        {"id": "c", "inputs": {"a": "v"}, "expected": "{{a}}"},
        {"id": "c", "inputs": {"a": "v"}, "expected": "file://a.js"},
        {"id": "c", "inputs": {"a": "v"}, "expected": "ends\n"},
        {"id": "c", "inputs": {"a": "v"}, "checks": [{"type": "contains", "any": ["x", "{{a}}"]}]},
    ],
)
def test_a_case_that_promptfoo_would_render_is_a_loss(case):
    assert promptfoo.write_with_cases(ASKS, [case], [{"type": "exact"}]).losses


def test_all_that_a_case_says_comes_back_through_a_test():
    case = {
        "id": "c",
        "inputs": {"a": "v"},
        "expected": "e",
        "tags": ["t"],
        "critical": True,
        "never": True,
        "context": ["doc"],
        "messages": [{"role": "user", "content": "hi"}],
        "metadata": {"k": 1},
    }
    written = promptfoo.write_with_cases(ASKS, [case], [{"type": "exact", "primary": True}])
    assert not written.losses
    (prompt,) = promptfoo.read(written.files, "promptfooconfig.yaml").prompts
    assert prompt.cases == (case,)


def test_a_variable_that_some_tests_leave_out_prints_nothing_as_it_does_there():
    imported = read("prompts: ['{{a}}|{{b}}']\ntests: [{vars: {a: x, b: y}}, {vars: {a: x}}]\n")
    assert imported.prompts[0].versions[-1].document["variables"]["b"] == {"type": "string", "default": ""}
    assert sent(imported.prompts[0], a="1") == [("user", "1|")]


def test_prompts_that_take_the_same_share_the_cases():
    imported = read("prompts: ['A {{x}}', 'B {{x}}']\ntests: [{vars: {x: '1'}}]\n")
    assert {prompt.evalset for prompt in imported.prompts} == {"promptfoo"}
    apart = read("prompts: ['A {{x}}', 'B {{y}}']\ntests: [{vars: {x: '1', y: '2'}}]\n")
    assert [prompt.evalset for prompt in apart.prompts] == ["", ""]
    assert apart.prompts[0].cases[0]["inputs"] == {"x": "1"}


def test_an_export_reads_back_as_the_same_prompt_and_cases():
    config = """\
prompts:
  - label: chat
    raw: '[{"role": "system", "content": "Be {{ tone }} {lit}"}, {"role": "user", "content": "{% if q %}{{ q }}{% endif %}"}]'
providers: ['openai:chat:gpt-4o']
tests:
  - {description: one, vars: {q: a, tone: t}, assert: [{type: equals, value: A}, {type: is-json}]}
  - {description: two, vars: {q: b, tone: t}, assert: [{type: equals, value: B}, {type: contains-any, value: [x, y]}]}
"""
    first = read(config)
    assert not first.losses
    (prompt,) = first.prompts
    exported = promptfoo.write_with_cases(prompt_of(prompt.versions[-1]), prompt.cases, prompt.scorers)
    assert not exported.losses
    again = promptfoo.read(exported.files, "promptfooconfig.yaml")
    assert again.prompts == first.prompts
    assert not again.losses


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (Prompt("x", "m", (Message("user", "a"), Placeholder("history")), NOWHERE), "earlier turns"),
        (Prompt("x", "m", (Message("user", "{{ a | title }}"),), NOWHERE), "Nunjucks"),
        (Prompt("x", "m", (Message("user", "{{ a / 2 }}{{ a[-1] }}"),), NOWHERE), "Nunjucks"),
        (Prompt("x", "m", (Message("user", "{% for k, v in a.items() %}{% endfor %}"),), NOWHERE), "Nunjucks"),
        (Prompt("x", "m", (Message("user", "{{ a | int }}{% if a is mapping %}{% endif %}"),), NOWHERE), "Nunjucks"),
        (
            Prompt("x", "m", (Message("user", "{{ a }}"),), NOWHERE,
                   variables=(Variable("a", {"type": "string"}, required=False, default="d", has_default=True),)),
            "no defaults",
        ),
    ],
)  # fmt: skip
def test_what_promptfoo_cannot_say_is_a_loss(prompt, words):
    assert any(words in loss.message for loss in promptfoo.write(prompt).losses)


def test_two_judges_of_one_kind_are_two_losses_and_a_second_expected_text_is_one():
    found = losses(
        read(
            """
            prompts: ["{{a}}"]
            tests:
              - vars: {a: x}
                assert:
                  - {type: llm-rubric, value: kind}
                  - {type: llm-rubric, value: short}
                  - {type: equals, value: one, metric: m}
                  - {type: equals, value: two}
            """
        )
    )
    for words in ("kind", "short", "'two'"):
        assert any(words in one for one in found), words


def test_what_a_configuration_says_of_runs_and_providers_goes_out_as_it_came_in():
    config = """
        description: mine
        prompts: [{raw: "Say {{x}}", label: say, id: p1, display: P}]
        providers:
          - {id: openai:chat:gpt-4o, label: first, config: {temperature: 0.5}}
          - {id: openai:chat:o3, label: second, config: {max_tokens: 7}}
        evaluateOptions: {maxConcurrency: 4}
        """
    imported = read(config)
    (data,) = promptfoo.write(prompt_of(imported.prompts[0].versions[-1])).files.values()
    assert yaml_of(data.decode(), "p") == yaml_of(config, "p")


def test_a_loop_over_pairs_goes_out_as_it_came_in():
    imported = read("prompts: ['{% for k, v in x %}{{k}}{% endfor %}{% if a === 1 %}{% endif %}']\n")
    assert not imported.losses
    exported = promptfoo.write(prompt_of(imported.prompts[0].versions[-1]))
    assert not exported.losses
    assert b"{% for k, v in x %}{{k}}{% endfor %}{% if a === 1 %}" in next(iter(exported.files.values()))
