"""What another tool's prompt sends besides text is refused by its name: which image, which tool."""

import pytest

from llmops_cli.convert import dotprompt, prompty


@pytest.mark.parametrize(
    ("room", "text", "words"),
    [
        (
            dotprompt,
            "---\nmodel: googleai/gemini\n---\nLook at {{media url=photo}} and {{media  url=plan}}\n",
            ["{{media url=photo}}: media parts", "{{media url=plan}}: media parts"],
        ),
        (dotprompt, "---\nmodel: googleai/gemini\ntools: [search]\n---\nLook\n", ["search is the name of a tool"]),
        (
            prompty,
            (
                "---\nname: x\nmodel:\n  api: chat\n  configuration:\n    type: openai\n    name: gpt-4o\n---\n"
                "user:\nlook ![a cat](images/cat.png) and ![](dog.png)\n"
            ),
            ["the image ![a cat](images/cat.png)", "the image ![](dog.png)"],
        ),
        (
            prompty,
            "---\nname: x\nmodel:\n  id: gpt-4o\n  provider: openai\ntools:\n  - name: find\n    kind: mcp\n---\nuser:\nlook\n",
            ["tools.0 (find), of kind 'mcp'"],
        ),
    ],
)
def test_the_image_or_the_tool_is_named(room, text, words):
    path = "a.prompt" if room is dotprompt else "a.prompty"
    imported = room.read({path: text.encode()}, path)
    said = [*(loss.message for loss in imported.losses), *imported.notes]
    for word in words:
        assert [one for one in said if word in one], (word, said)
