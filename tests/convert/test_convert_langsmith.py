import json

import pytest
from exchanged import back, last, messages, prompt_of, read

from llmops_cli.convert import langsmith
from llmops_cli.errors import UsageError
from llmops_cli.model.prompt import Message, Prompt, Variable
from llmops_cli.model.source import NOWHERE


def node(*identity, named=True, **said):
    made = {"lc": 1, "type": "constructor", "id": list(identity), "kwargs": said}
    return {**made, "name": identity[-1]} if named else made


def template(text, *names, form="f-string"):
    return node(
        "langchain",
        "prompts",
        "prompt",
        "PromptTemplate",
        input_variables=sorted(names),
        template=text,
        template_format=form,
    )


def says(kind, text, *names, form="f-string"):
    inner = template(text, *names, form=form)
    return node("langchain", "prompts", "chat", f"{kind}MessagePromptTemplate", named=False, prompt=inner)


def placeholder(name, *, optional=True):
    said = {"variable_name": name, "optional": optional}
    return node("langchain", "prompts", "chat", "MessagesPlaceholder", named=False, **said)


def chat(*parts, names=(), **more):
    return node(
        "langchain",
        "prompts",
        "chat",
        "ChatPromptTemplate",
        input_variables=sorted(names),
        **more,
        messages=list(parts),
    )


def model(**said):
    return node("langchain", "chat_models", "openai", "ChatOpenAI", **said)


def chain(first, last_):
    return node("langchain", "schema", "runnable", "RunnableSequence", first=first, last=last_)


SECRET = {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}
PLAIN = chat(says("System", "You {{are}} {x}", "x"), says("Human", "{q}", "q"), says("AI", "ok"), names=("q", "x"))
TURNS = chat(
    says("System", "s"),
    placeholder("history"),
    names=(),
    optional_variables=["history"],
    partial_variables={"history": []},
)
STRUCTURED = node(
    "langchain_core", "prompts", "structured", "StructuredPrompt",
    input_variables=["q"], messages=[says("Human", "{q}", "q")],
    schema_={"title": "Ans", "type": "object", "properties": {"a": {"type": "string"}}},
    structured_output_kwargs={"method": "json_schema"},
)  # fmt: skip
FIXTURES = {
    "plain": PLAIN,
    "turns": TURNS,
    "default": chat(says("Human", "{q} {x}", "q", "x"), names=("q",), partial_variables={"x": "fixed"}),
    "mustache": chat(says("Human", "Hi {{name}} {{#xs}}{{.}}{{/xs}}", "name", "xs", form="mustache"), names=("name", "xs")),
    "jinja2": chat(says("Human", "{% if a %}{{ b }}{% endif %}", "a", "b", form="jinja2"), names=("a", "b")),
    "structured": STRUCTURED,
    "text": template("Hello {x} {{json}}", "x"),
    "model": chain(PLAIN, model(model_name="gpt-4o", temperature=0.1, max_tokens=5, stream_usage=True)),
    "tools": chain(
        PLAIN,
        node(
            "langchain", "schema", "runnable", "RunnableBinding",
            bound=model(model_name="gpt-4o"), kwargs={"tool_choice": "auto", "tools": [{"type": "function"}]}, config={},
        ),
    ),
    "metadata": chat(says("Human", "x"), metadata={"lc_hub_repo": "r", "lc_hub_owner": "o"}),
}  # fmt: skip


def losses(imported):
    return [loss.message for loss in imported.losses]


@pytest.mark.parametrize("name", FIXTURES)
def test_a_manifest_goes_out_as_it_came_in(name):
    imported = read(langsmith, FIXTURES[name], "it.json")
    assert not imported.losses
    data, lost = back(langsmith, imported)
    assert not lost
    assert json.loads(data) == FIXTURES[name]
    assert read(langsmith, data, "it.json").prompts == imported.prompts


def test_format_strings_become_templates_that_send_the_same():
    values = {"x": "{q} {{ x }} <b>", "q": "{% raw %}"}
    assert messages(read(langsmith, PLAIN), **values) == [
        ("system", "You {are} {q} {{ x }} <b>"),
        ("user", "{% raw %}"),
        ("assistant", "ok"),
    ]


def test_mustache_sections_work_and_values_are_not_escaped():
    imported = read(langsmith, FIXTURES["mustache"])
    assert messages(imported, name="<b>&", xs=["1", "2"]) == [("user", "Hi <b>& 12")]
    assert any("escaped as HTML" in note for note in imported.notes)


def test_messages_that_are_no_templates_are_text():
    said = node("langchain", "schema", "messages", "SystemMessage", content="literal {x} {{ y }}", type="system")
    imported = read(langsmith, chat(said))
    assert messages(imported) == [("system", "literal {x} {{ y }}")]


def test_a_required_placeholder_stays_required():
    document = last(read(langsmith, chat(placeholder("turns", optional=False)))).document
    assert document["variables"] == {"turns": {"type": "messages", "required": True}}


def test_a_model_comes_in_without_its_secrets():
    imported = read(langsmith, chain(PLAIN, model(model_name="gpt-4o", openai_api_key=SECRET, seed=3, n=2)))
    document = last(imported).document
    assert document["model"] == "gpt-4o"
    assert document["params"] == {"seed": 3}
    assert "api_key" not in json.dumps(document)
    assert document["x-langsmith"]["model"]["kwargs"] == {"n": 2}
    assert any("secret openai_api_key is dropped" in note for note in imported.notes)


@pytest.mark.parametrize("option", ["openai_api_base", "base_url", "default_headers", "azure_endpoint", "openai_proxy"])
def test_a_host_or_a_header_of_the_model_is_a_loss_and_is_not_kept(option):
    imported = read(langsmith, chain(PLAIN, model(model_name="m", **{option: "https://evil.example"})))
    assert "names a host, a header or a key" in losses(imported)[0]
    assert "evil" not in json.dumps(last(imported).document)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (chat(says("Human", "{a.b}", "a")), "no plain variable"),
        (chat(says("Human", "{a!r:>3}", "a")), "no plain variable"),
        (chat(says("Human", "a } b")), "a lone"),
        (chat(says("Human", "{{> p}}", form="mustache")), "a partial"),
        (chat(says("Human", "x", form="liquid")), "template format 'liquid'"),
        (chat(node("langchain", "prompts", "chat", "ToolMessagePromptTemplate", prompt=template("x")), says("Human", "x")), "no message that is known"),
        (chat(says("Human", "x"), unknown_option=1), "not known here"),
        (chat(says("Human", "{x}", "x"), partial_variables={"x": [1]}), "is no text"),
        (chain(PLAIN, node("langchain", "output_parsers", "X", "JsonOutputParser")), "output parser"),
        (chain(PLAIN, node("langchain", "chat_models", "x", "ChatNobody", model="m")), "model class ChatNobody"),
        (chat(node("langchain", "prompts", "chat", "ChatMessagePromptTemplate", role="robot", prompt=template("x"))), "is 'robot'"),
        (
            chat(node("langchain", "prompts", "chat", "HumanMessagePromptTemplate", prompt=[
                template("look"), node("langchain", "prompts", "image", "ImagePromptTemplate", template={"url": "{u}"})])),
            "images have no place",
        ),
    ],
)  # fmt: skip
def test_what_has_no_place_here_is_a_loss(manifest, words):
    assert any(words in message for message in losses(read(langsmith, manifest)))


def test_a_part_without_data_is_refused_by_name():
    few = {
        "lc": 1,
        "type": "not_implemented",
        "id": ["langchain_core", "prompts", "few_shot", "FewShotPromptTemplate"],
        "repr": "…",
    }
    for manifest in (few, chat(says("Human", "x"), few)):
        with pytest.raises(UsageError, match="FewShotPromptTemplate"):
            read(langsmith, manifest)


def test_examples_that_are_there_as_data_are_written_out_and_not_parsed_again():
    shape = template("{input} -> {output}", "input", "output")
    few = node(
        "langchain", "prompts", "few_shot", "FewShotPromptTemplate",
        examples=[{"input": "{x}", "output": "{{ y }}"}], example_prompt=shape, prefix="Do", suffix="{q} ->",
        input_variables=["q"],
    )  # fmt: skip
    assert messages(read(langsmith, few), q="Q") == [("user", "Do\n\n{x} -> {{ y }}\n\nQ ->")]


def few(shape, *rows, **more):
    said = {"examples": list(rows), "example_prompt": shape, **more}
    return node("langchain", "prompts", "few_shot", "FewShotPromptTemplate", **said)


@pytest.mark.parametrize(
    "manifest",
    [
        few(template("{o:>4}", "o"), {"o": "x"}),
        few(template("{o!r}", "o"), {"o": "x"}),
        few(template("{o.a}", "o"), {"o": "x", "o.a": "y"}),
        few(template("{}"), {"": "x"}),
        few(template("{o"), {"o": "x"}),
        few(template("{o}", "o"), {"p": "x"}),
        few(chat(placeholder("o")), {"o": "x"}),
        few(chat(says("Robot", "{o}", "o")), {"o": "x"}),
        few(chat(says("Human", "{{o}}", "o", form="mustache")), {"o": "x"}),
    ],
)
def test_examples_that_would_print_otherwise_than_there_are_refused(manifest):
    with pytest.raises(UsageError):
        read(langsmith, manifest)


def test_values_that_a_message_fills_in_by_itself_are_defaults():
    inner = {**template("{q} {x}", "q")}
    inner["kwargs"] |= {"partial_variables": {"x": "fixed"}}
    turn = node("langchain", "prompts", "chat", "HumanMessagePromptTemplate", named=False, prompt=inner)
    imported = read(langsmith, chat(turn))
    assert not imported.losses
    assert messages(imported, q="Q") == [("user", "Q fixed")]
    other = {**template("{x}"), "kwargs": {**template("{x}")["kwargs"], "partial_variables": {"x": "other"}}}
    second = node("langchain", "prompts", "chat", "AIMessagePromptTemplate", named=False, prompt=other)
    assert "another message fills in" in losses(read(langsmith, chat(turn, second)))[0]


@pytest.mark.parametrize(
    ("text", "form"), [("{% if x %}Y{% else %}N{% endif %}", "jinja2"), ("{{#x}}Y{{/x}}{{^x}}N{{/x}}", "mustache")]
)
@pytest.mark.parametrize(("value", "wanted"), [(False, "N"), (0, "N"), (True, "Y"), ("no", "Y")])
def test_a_value_that_is_filled_in_there_decides_as_it_does_there(text, form, value, wanted):
    imported = read(langsmith, chat(says("Human", text, "x", form=form), partial_variables={"x": value}))
    assert not imported.losses
    assert messages(imported) == [("user", wanted)]


def test_commits_of_which_some_are_missing_are_a_loss():
    commits = [{"repo": "r", "commit_hash": "c1", "manifest": chat(says("Human", "1"))}]
    assert "not all of them are here" in losses(read(langsmith, {"commits": commits, "total": 7}))[0]


@pytest.mark.parametrize(
    "value", [{"a": 1}, {"lc": 1, "type": "constructor", "id": ["x", "Foo"], "kwargs": {}}, chat()]
)
def test_what_is_no_prompt_is_refused(value):
    with pytest.raises(UsageError):
        read(langsmith, value)


def test_a_list_of_commits_is_a_history_oldest_first():
    commits = [
        {"repo": "My Bot", "commit_hash": "c3", "parent_commit_hash": "c2", "manifest": chat(says("Human", "3"))},
        {"repo": "My Bot", "commit_hash": "c1", "parent_commit_hash": None, "manifest": chat(says("Human", "1"))},
        {"repo": "My Bot", "commit_hash": "c2", "parent_commit_hash": "c1", "manifest": chat(says("Human", "2"))},
    ]
    (prompt,) = read(langsmith, {"commits": commits, "total": 3}).prompts
    assert prompt.id == "my-bot"
    assert [version.name for version in prompt.versions] == ["c1", "c2", "c3"]
    envelope = {**commits[0]}
    data, _ = back(langsmith, read(langsmith, envelope))
    assert json.loads(data) == envelope


def test_a_manifest_is_never_loaded(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "langchain_core", None)
    monkeypatch.setitem(sys.modules, "langchain", None)
    assert read(langsmith, PLAIN).prompts


def test_what_manifests_have_no_place_for_travels_in_metadata():
    variables = (Variable("q", {"type": "string", "enum": ["a", "b"]}, trust="untrusted"),)
    prompt = Prompt(
        "x",
        "gpt-4o",
        (Message("user", "{{ q }} {x}"),),
        NOWHERE,
        variables=variables,
        owners=("team",),
        literals=("x",),
    )
    exported = langsmith.write(prompt)
    assert not exported.losses
    document = last(read(langsmith, next(iter(exported.files.values())))).document
    assert document["variables"] == {"q": {"type": "string", "enum": ["a", "b"], "trust": "untrusted"}}
    assert document["owners"] == ["team"]


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (Prompt("x", "gpt-4o", (Message("user", "{% if q %}a{% endif %}"),), NOWHERE), "no logic"),
        (Prompt("x", "ollama/unheard", (Message("user", "a"),), NOWHERE), "no LangChain class"),
    ],
)
def test_what_a_manifest_cannot_say_is_a_loss(prompt, words):
    assert any(words in loss.message for loss in langsmith.write(prompt).losses)


def test_an_edited_message_is_written_anew_and_not_as_the_kept_original():
    version = last(read(langsmith, FIXTURES["mustache"]))
    document = {**version.document, "messages": [{"role": "user", "content": "Bye {{ name }}"}]}
    prompt = prompt_of(type(version)(document))
    manifest = json.loads(next(iter(langsmith.write(prompt).files.values())))
    assert manifest["kwargs"]["messages"][0]["kwargs"]["prompt"]["kwargs"]["template"] == "Bye {name}"


def test_what_only_a_section_prints_need_not_be_given():
    said = "{{x}} {{#xs}}{{n}},{{/xs}}"
    imported = read(langsmith, template(said, "x", "xs", form="mustache"))
    variables = last(imported).document["variables"]
    assert ["default" in variables[name] for name in ("x", "xs", "n")] == [False, False, True]
    assert messages(imported, x="a", xs=[{"n": "1"}]) == [("user", "a 1,")]


def test_booleans_and_json_of_python_are_noted_both_ways():
    notes = read(langsmith, template("{{ f }} {{ o | tojson }}", "f", "o", form="jinja2")).notes
    assert any("True" in note for note in notes)
    assert any("tojson" in note for note in notes)
    prompt = Prompt("x", "m", (Message("user", "{{ f }}"),), NOWHERE, variables=(Variable("f", {"type": "boolean"}),))
    assert any("True" in note for note in langsmith.write(prompt).notes)
