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


def test_dump_becomes_tojson_and_says_what_differs():
    imported = read("prompts: ['{{ a | dump }} {{ b | safe }} {% if a === 1 %}x{% elseif b %}y{% endif %}']\n")
    assert not imported.losses
    content = imported.prompts[0].versions[-1].document["messages"][0]["content"]
    assert content == "{{ a | tojson }} {{ b  }} {% if a == 1 %}x{% elif b %}y{% endif %}"
    assert any("tojson" in note for note in imported.notes)


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
    for words in ("kind", "short", "'two'", "metric"):
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
