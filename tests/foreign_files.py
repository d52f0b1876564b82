"""Prompts as other tools keep them, and ways to look at what an import made of them."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from llmops_cli.convert._built import prompt_of
from llmops_cli.model.exchange import Imported
from llmops_cli.render.messages import Renderer

Json = Any

GITHUB = """\
name: Ticket sorter
description: Says which team gets a ticket
model: openai/gpt-4o-mini
modelParameters:
  temperature: 0.2
  maxTokens: 200
  topP: 0.9
responseFormat: json_schema
jsonSchema: |-
  {
    "name": "team",
    "strict": true,
    "schema": {
      "type": "object",
      "properties": {"team": {"type": "string"}},
      "required": ["team"],
      "additionalProperties": false
    }
  }
messages:
  - role: system
    content: 'Answer with JSON like {"team": "x"}. {literally} {% raw %} stays.'
  - role: user
    content: |
      Ticket from {{customer}}:
      {{ticket}}
testData:
  - customer: Ada
    ticket: It is broken
    expected: '{"team":"repair"}'
    note: urgent
  - customer: Bob
    ticket: Where is it?
    expected: '{"team":"shipping"}'
evaluators:
  - name: is json
    string:
      startsWith: '{'
  - name: ends
    string:
      endsWith: '}'
  - name: same
    string:
      equals: '{{expected}}'
  - name: polite
    llm:
      modelId: openai/gpt-4o
      systemPrompt: You are a strict reader.
      prompt: |
        Is {{completion}} polite?
      choices:
        - choice: polite
          score: 1
        - choice: rude
          score: 0
"""

OPENAI_OBJECT = {
    "id": "pmpt_68a1",
    "object": "prompt",
    "name": "Weather",
    "version": "4",
    "created_at": 1750000000,
    "model": "o4-mini",
    "messages": [
        {"role": "developer", "content": "Answer in {{tone}} words. {literally}"},
        {"role": "user", "content": [{"type": "input_text", "text": "Weather in {{city}}?"}]},
    ],
    "temperature": 0.3,
    "top_p": 0.8,
    "max_output_tokens": 300,
    "reasoning": {"effort": "low", "summary": "auto"},
    "text": {
        "format": {"type": "json_schema", "name": "w", "strict": True, "schema": {"type": "object"}},
        "verbosity": "low",
    },
    "tools": [
        {"type": "function", "name": "find", "description": "d", "parameters": {"type": "object"}, "strict": True}
    ],
    "parallel_tool_calls": False,
    "tool_choice": "auto",
    "metadata": {"team": "x"},
    "store": True,
}

OPENAI_BODY = {
    "model": "gpt-4.1-mini",
    "instructions": "Translate to {{language}}.",
    "input": "{{text}}",
    "temperature": 0,
    "prompt": {"id": "pmpt_77", "version": "2", "variables": {"language": "German", "text": "Good day"}},
}

PROMPTY_V2 = """\
---
name: guide
displayName: The guide
description: Tells of a place
metadata:
  authors:
    - ada
  tags:
    - travel
model:
  id: gpt-4o
  provider: azure
  apiType: chat
  connection:
    kind: key
    endpoint: ${env:ENDPOINT:https://example.com}
    apiKey: ${env:API_KEY}
  options:
    temperature: 0.4
    maxOutputTokens: 500
    topP: 0.9
    stopSequences:
      - END
    additionalProperties:
      reasoning_effort: low
      my_option: 1
inputs:
  - name: place
    kind: string
    description: Where to
    required: true
    example: Rome
  - name: mood
    kind: string
    default: cheerful
    enumValues:
      - cheerful
      - grave
  - name: days
    kind: integer
  - name: sights
    kind: array
    items:
      kind: string
  - name: history
    kind: thread
outputs:
  - name: title
    kind: string
    description: A headline
    required: true
  - name: score
    kind: float
tools:
  - name: lookup
    kind: function
    description: Looks it up
    strict: true
    parameters:
      - name: topic
        kind: string
        required: true
  - name: files
    kind: mcp
    serverName: fs
---
system:
You are {{mood}}. Use {braces} as they are.
{% if days %}You have {{days}} days.{% endif %}

{{history}}

user:
Tell me of {{place}}{% for sight in sights %}, {{sight}}{% endfor %}.
"""

PROMPTY_V1 = """\
---
name: Old guide
description: Tells of a place
version: 1.0.0
authors:
  - ada
tags:
  - travel
model:
  api: chat
  configuration:
    type: azure_openai
    azure_endpoint: ${env:AZURE_OPENAI_ENDPOINT}
    azure_deployment: gpt-35-turbo
  parameters:
    max_tokens: 300
    temperature: 0.2
    response_format:
      type: json_object
  response: first
inputs:
  place:
    type: string
    description: Where to
  mood:
    type: string
    default: cheerful
sample:
  place: Rome
---
system:
You are {{mood}}.

# user:
Tell me of {{place}}.
"""

LLM = """\
model: gpt-4o
system: You speak $language. {literally}
prompt: |
  That is $$5. ${topic}: $input
defaults:
  language: French
options:
  temperature: 0.3
schema_object:
  type: object
  properties:
    name:
      type: string
extract: true
extract_last: false
fragments:
  - notes.txt
system_fragments:
  - rules.txt
tools:
  - llm_time
"""

SEMANTIC_KERNEL = """\
name: Story
description: Writes a story
template_format: semantic-kernel
template: |
  <message role="system">Write about {{$topic}}. {literally} {{ "{{" }}</message>
  <message role="user">{{$length}} lines, a &lt; b</message>
input_variables:
  - name: topic
    description: What of
    is_required: true
    allow_dangerously_set_content: false
  - name: length
    default: 3
    is_required: false
    json_schema: '{"type": "integer"}'
output_variable:
  description: The story
  json_schema: '{"type": "string"}'
execution_settings:
  first:
    service_id: first
    model_id: gpt-4
    temperature: 0.6
    max_tokens: 100
    stop_sequences:
      - END
    chat_system_prompt: x
  second:
    model_id: gpt-4o-mini
allow_dangerously_set_content: false
"""

LANGCHAIN = """\
_type: few_shot
input_variables:
  - adjective
prefix: 'Opposites {{like this}}'
example_prompt:
  _type: prompt
  input_variables:
    - input
    - output
  template: "Input: {input}\\nOutput: {output}"
examples:
  - input: happy {x}
    output: sad
  - input: tall
    output: short
example_separator: "\\n--\\n"
suffix: "Input: {adjective}\\nOutput:"
template_format: f-string
validate_template: false
output_parser: null
metadata:
  team: x
"""

HUMANLOOP = """\
---
model: gpt-4o
temperature: 0.7
max_tokens: -1
top_p: 1.0
provider: openai
endpoint: chat
tools: [
  {
    "name": "find",
    "description": "d",
    "strict": false,
    "parameters": {"type": "object", "properties": {}}
  }
]
---
<system>
  You are {{persona}}. {literally} {{#if}}
</system>

<user>
  {{question}}
</user>
"""

MLFLOW = {
    "model_versions": [
        {
            "name": "summarize",
            "version": "2",
            "description": "shorter",
            "creation_timestamp": 1750000000000,
            "user_id": "ada",
            "aliases": ["production"],
            "tags": [
                {
                    "key": "mlflow.prompt.text",
                    "value": '[{"role": "user", "content": "A={{a}} B={{ b }} {literally}"}]',
                },
                {"key": "_mlflow_prompt_type", "value": "chat"},
                {"key": "_mlflow_prompt_response_format", "value": '{"type": "object"}'},
                {
                    "key": "_mlflow_prompt_model_config",
                    "value": '{"provider": "openai", "model_name": "gpt-4o", "temperature": 0.5}',
                },
                {"key": "mlflow.prompt.is_prompt", "value": "true"},
            ],
        },
        {"name": "summarize", "version": "1", "tags": [{"key": "mlflow.prompt.text", "value": "{{a}}"}]},
    ]
}


def json_bytes(value: Json) -> bytes:
    """Return indented JSON."""
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()


FIXTURES: Mapping[str, Mapping[str, Mapping[str, bytes]]] = {
    "github": {"sorter": {"sorter.prompt.yml": GITHUB.encode()}},
    "openai": {"object": {"w.json": json_bytes(OPENAI_OBJECT)}, "body": {"t.json": json_bytes(OPENAI_BODY)}},
    "prompty": {"v2": {"guide.prompty": PROMPTY_V2.encode()}, "v1": {"old.prompty": PROMPTY_V1.encode()}},
    "llm": {"t": {"t.yaml": LLM.encode(), "notes.txt": b"N $x {{y}}", "rules.txt": b"R"}},
    "semantic_kernel": {"story": {"story.yaml": SEMANTIC_KERNEL.encode()}},
    "langchain_hub": {"few": {"few.yaml": LANGCHAIN.encode()}},
    "humanloop": {"h": {"h.prompt": HUMANLOOP.encode()}},
    "mlflow": {"m": {"m.json": json_bytes(MLFLOW)}},
}


def split(path: str, data: bytes) -> tuple[Json, str]:
    """Return the value of a fixture's main file, and its body behind a header."""
    text = data.decode()
    if path.endswith((".prompty", ".prompt")):
        head, _, body = text.removeprefix("---\n").partition("\n---\n")
        return yaml.safe_load(head), body
    return (json.loads(text) if path.endswith(".json") else yaml.safe_load(text)), ""


def joined(path: str, value: Json, body: str) -> bytes:
    """Return a file again: JSON, which is YAML too, and the body."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return (f"---\n{text}\n---\n{body}" if path.endswith((".prompty", ".prompt")) else text).encode()


def injections(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Yield a copy of the value for each mapping in it, with an unknown key in that mapping, and the mapping's path."""
    for place in _mappings(value, ()):
        copied = copy.deepcopy(value)
        inner = copied
        for step in place:
            inner = inner[step]
        inner["zz_unknown"] = "zz value"
        yield ".".join(map(str, place)), copied


def _mappings(value: Json, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        yield place
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _mappings(item, (*place, key))


def found(imported: Imported, needle: str) -> bool:
    """Return whether a text stands anywhere in what an import made, or in what it reported as lost."""
    made = [
        [foreign.cases, foreign.scorers, [[version.document, version.files] for version in foreign.versions]]
        for foreign in imported.prompts
    ]
    lost = [loss.path + loss.message for loss in imported.losses]
    return needle in json.dumps([made, lost], ensure_ascii=False, default=dict)


def messages(imported: Imported, values: Mapping[str, Json], index: int = 0) -> list[tuple[str, str]]:
    """Return what the model would be sent: role and text."""
    foreign = imported.prompts[index]
    with Renderer(prompt_of(foreign.id, foreign.versions[-1])) as renderer:
        return [(message["role"], message["content"]) for message in renderer.render(values).messages]


def at(document: Json, path: str) -> Json:
    """Return the value at a path such as `params.temperature` or `messages.0.content`; None where there is none."""
    for step in path.split("."):
        if isinstance(document, list):
            document = document[int(step)] if int(step) < len(document) else None
        else:
            document = document.get(step) if isinstance(document, Mapping) else None
    return document
