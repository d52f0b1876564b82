"""The last user message as the answer: a model for tests, demos and dry runs. No network, no cost, the same each time.

Use it by naming the model `echo/<anything>`. Tokens are counted as words.

Example:
    model: echo/demo

"""

from llmops_cli.model.completion import Answer, Completion, Request, Usage
from llmops_cli.model.ports import Complete
from llmops_cli.model.settings import Route


def build(route: Route) -> Complete:
    """Return the echo. `route.model` is given back as the model that answered."""

    def echo(request: Request) -> Answer:
        texts = [_text(message.get("content")) for message in request.messages]
        users = [text for text, message in zip(texts, request.messages, strict=True) if message.get("role") == "user"]
        answer = (users or texts or [""])[-1]
        usage = Usage(sum(len(text.split()) for text in texts), len(answer.split()), estimated=True)
        return Completion(answer, model=route.model, usage=usage, cost_usd=0.0)

    return echo


def _text(content: object) -> str:
    if isinstance(content, list | tuple):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
