"""Rules about models and sampling parameters."""

import pytest
from linted import found, problems

TOOL = "tools: [{type: function, function: {name: look_up, description: Finds.}}]\n"
WORDS = "word " * 5  # 25 characters, about 6 tokens


def params(root, code: str, said: str, model: str = "gpt-4o", more: str = "") -> list[str]:
    return found(root, code, f"model: {model}\nparams: {said}\ntemplate: x\n{more}")


@pytest.mark.parametrize(
    ("model", "config", "hit"),
    [
        ("chatgpt-4o-latest", "", True),
        ("claude-3-5-sonnet-latest", "", True),
        ("mistral/mistral-large-latest", "", True),
        ("fast", "models: {fast: gemini-flash-latest}\n", True),
        ("ollama/llama3:latest", "", False),
        ("gpt-4o-2024-11-20", "", False),
        ("latest-thing/x", "", False),
        ("gpt-4o", "", False),
    ],
)
def test_a_model_that_its_provider_moves_is_found(tmp_path, model, config, hit):
    marks = found(tmp_path, "LP032", f"model: {model}\ntemplate: x\n", config=config)
    assert marks == ([f"warning {model}"] if hit else [])


@pytest.mark.parametrize(
    ("said", "more", "marks"),
    [
        ("{temperature: 0.2, top_p: 0.5}", "", ["warning top_p"]),
        ("{temperature: 0.2, top_p: 1}", "", []),
        ("{temperature: 1, top_p: 0.5}", "", []),
        ("{temperature: 0, seed: 1}", "", []),
        ("{max_tokens: 1, max_completion_tokens: 1}", "", ["error max_completion_tokens"]),
        ("{top_logprobs: 3}", "", ["error top_logprobs"]),
        ("{top_logprobs: 3, logprobs: true}", "", []),
        ("{tool_choice: auto}", "", ["error tool_choice"]),
        ("{parallel_tool_calls: false}", "", ["error parallel_tool_calls"]),
        ("{tool_choice: auto}", TOOL, []),
        ("{tool_choice: {type: function, function: {name: look_up}}}", TOOL, []),
        ("{tool_choice: {type: function, function: {name: lookup}}}", TOOL, ["error tool_choice"]),
        ("{thinking: {type: enabled, budget_tokens: 2000}, max_tokens: 1000}", "", ["error thinking"]),
        ("{thinking: {type: enabled, budget_tokens: 2000}, max_tokens: 9000}", "", []),
        ("{thinking: {type: enabled, budget_tokens: 2000}, temperature: 0.5}", "", ["error temperature"]),
        ("{thinking: {type: disabled}, temperature: 0.5}", "", []),
        ("{thinking: {type: enabled, budget_tokens: 5}, reasoning_effort: low}", "", ["warning reasoning_effort"]),
    ],
)
def test_parameters_that_contradict_each_other_are_found_at_the_one_to_drop(tmp_path, said, more, marks):
    assert params(tmp_path, "LP033", said, more=more) == marks


def test_a_parameter_at_the_top_of_the_file_is_marked_there(tmp_path):
    (problem,) = problems(tmp_path, "LP033", "temperature: 0.2\ntop_p: 0.5\ntemplate: x\n")
    assert (problem.source.line, problem.source.column) == (4, 1)


@pytest.mark.parametrize(
    ("model", "said", "names"),
    [
        ("o3", "{temperature: 0}", ["temperature"]),
        ("o3", "{temperature: 1, reasoning_effort: low, max_tokens: 5}", []),
        ("o3", "{top_p: 0.5, presence_penalty: 1, logprobs: true}", ["top_p", "presence_penalty", "logprobs"]),
        ("openai/o3", "{temperature: 0}", ["temperature"]),
        ("gpt-5.2", "{temperature: 0}", []),
        ("gpt-5.2", "{temperature: 0, reasoning_effort: none}", []),
        ("gpt-5.2", "{temperature: 0, reasoning_effort: high}", ["temperature"]),
        ("gpt-4o", "{temperature: 2, top_p: 0.5, logprobs: true, seed: 1}", []),
        ("gpt-4o", "{top_k: 4, min_p: 0.1}", ["top_k", "min_p"]),
        ("gpt-4o", "{reasoning_effort: low}", ["reasoning_effort"]),
        ("claude-opus-4-7", "{temperature: 0.2, top_k: 5}", ["temperature", "top_k"]),
        ("claude-opus-4-7", "{temperature: 1}", []),
        ("claude-sonnet-4-6", "{temperature: 0.2, top_k: 5}", []),
        ("claude-sonnet-4-6", "{temperature: 1.5}", ["temperature"]),
        ("claude-sonnet-4-6", "{presence_penalty: 0.5, seed: 1}", ["presence_penalty", "seed"]),
        ("claude-sonnet-4-6", "{presence_penalty: 0}", []),
        ("gemini-2.5-pro", "{temperature: 1.8, top_k: 4, seed: 1}", []),
        ("groq/openai/gpt-oss-120b", "{temperature: 0.2, top_k: 4}", []),
        ("nobody-knows-it", "{temperature: 2, top_k: 4}", []),
        ("echo/o3", "{temperature: 0}", []),
    ],
)
def test_what_a_model_refuses_is_an_error(tmp_path, model, said, names):
    assert params(tmp_path, "LP034", said, model) == [f"error {name}" for name in names]


def test_the_model_behind_a_logical_name_counts(tmp_path):
    text = "model: smart\nparams: {temperature: 0}\ntemplate: x\n"
    assert found(tmp_path, "LP034", text, config="models: {smart: o3}\n") == ["error temperature"]


@pytest.mark.parametrize(
    ("model", "said", "marks"),
    [
        ("gpt-4o", "{max_tokens: 16385}", ["error max_tokens"]),
        ("gpt-4o", "{max_tokens: 16384}", []),
        ("gpt-4o", "{max_completion_tokens: 99999}", ["error max_completion_tokens"]),
        ("nobody-knows-it", "{max_tokens: 999999}", []),
    ],
)
def test_an_answer_longer_than_the_model_gives_is_an_error(tmp_path, model, said, marks):
    assert params(tmp_path, "LP035", said, model) == marks


def test_a_prompt_over_the_context_is_found(tmp_path):
    text = "model: gpt-4\nvariables: {d: {type: string, max_tokens: %d}}\ntemplate: '{{ d }}'\n"
    assert found(tmp_path, "LP036", text % 20_000) == ["warning gpt-4"]
    assert found(tmp_path, "LP036", text % 5_000) == []
    assert found(tmp_path, "LP036", text.replace("gpt-4", "unknown") % 20_000) == []
    long = "model: gpt-4\ntemplate: |\n" + f"  {WORDS * 20}\n" * 120
    assert found(tmp_path, "LP036", long) == ["error gpt-4"]


@pytest.mark.parametrize(
    ("model", "said", "marks"),
    [
        ("gpt-4o", '["", x]', ["error stop"]),
        ("gpt-4o", "[x, x]", ["warning stop"]),
        ("gpt-4o", "[a, b, c, d, e]", ["error stop"]),
        ("gpt-4o", "[a, b, c, d]", []),
        ("gemini-2.5-pro", "[a, b, c, d, e]", []),
        ("claude-sonnet-4-6", '["\\n\\n"]', ["error stop"]),
        ("gpt-4o", '["\\n\\n"]', []),
        ("gpt-4o", "END", []),
        ("unknown", "[a, b, c, d, e, f]", []),
    ],
)
def test_a_stop_that_cannot_work_is_found(tmp_path, model, said, marks):
    assert params(tmp_path, "LP037", f"{{stop: {said}}}", model) == marks


def cached(root, before: int, after: int, variable: str = "v: string", model: str = "gpt-4o") -> list[str]:
    """A system message with so many tokens before and after a variable."""
    text = f"model: {model}\nvariables: {{{variable}}}\nmessages:\n- role: system\n  content: |\n"
    text += f"    {'word' * before} {{{{ v }}}} {'text' * after}\n- {{role: user, content: go}}\n"
    return found(root, "LP038", text)


def test_a_variable_before_much_fixed_text_is_found(tmp_path):
    assert cached(tmp_path, 40, 2000) == ["warning v"]
    assert cached(tmp_path, 1200, 2000) == []
    assert cached(tmp_path, 40, 600) == []
    assert cached(tmp_path, 40, 2000, model="claude-haiku-4-5") == []
    assert cached(tmp_path, 40, 5000, model="claude-haiku-4-5") == ["warning v"]
    assert cached(tmp_path, 40, 2000, model="gpt-4") == []
    assert cached(tmp_path, 40, 2000, "v: {type: string, enum: [en, de]}") == []


def test_a_fixed_text_that_is_nearly_long_enough_is_a_note(tmp_path):
    def fixed(tokens: int) -> list[str]:
        text = f"messages:\n- {{role: system, content: {'word' * tokens}}}\n- {{role: user, content: '{{{{ v }}}}'}}\n"
        return found(tmp_path, "LP038", text)

    assert fixed(900) == ["note gpt-4o"]
    assert fixed(300) == []
    assert fixed(1100) == []


def test_tools_and_examples_stand_before_the_first_variable(tmp_path):
    tool = f"tools: [{{type: function, function: {{name: a, description: {'word' * 1200}}}}}]\n"
    text = (
        f"{tool}messages:\n- {{role: system, content: '{{{{ v }}}} {'text' * 2000}'}}\n- {{role: user, content: go}}\n"
    )
    assert found(tmp_path, "LP038", text) == []


@pytest.mark.parametrize(
    ("model", "role", "marks"),
    [
        ("claude-opus-4-7", "assistant", ["error assistant"]),
        ("gpt-4o", "assistant", ["warning assistant"]),
        ("claude-haiku-4-5", "assistant", []),
        ("groq/openai/gpt-oss-120b", "assistant", []),
        ("claude-opus-4-7", "user", []),
    ],
)
def test_an_answer_begun_by_the_prompt_is_found_where_no_model_goes_on(tmp_path, model, role, marks):
    text = f"model: {model}\nmessages:\n- {{role: user, content: a}}\n- {{role: {role}, content: b}}\n"
    assert found(tmp_path, "LP039", text) == marks


SCHEMA = "output: {schema: {type: object}}\n"


@pytest.mark.parametrize(
    ("model", "more", "marks"),
    [
        ("gpt-4", SCHEMA, ["warning output"]),
        ("gpt-4", TOOL, []),
        ("gpt-4", "output: {format: json}\n", []),
        ("gpt-4o", SCHEMA + TOOL, []),
        ("chatgpt-4o-latest", SCHEMA + TOOL, ["warning output", "warning tools"]),
        ("unknown", SCHEMA + TOOL, []),
    ],
)
def test_a_feature_that_the_model_is_not_known_for_is_found(tmp_path, model, more, marks):
    assert found(tmp_path, "LP089", f"model: {model}\ntemplate: x\n{more}") == marks
