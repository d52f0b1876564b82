"""A project whose answers a judge on loopback scores, and tables of people's labels of them."""

import csv
import io

from support import ModelServer, last_text

CASES = 60
RUBRIC = 'id: tone\nmodel: local/judge\nvariables: {answer: string}\ntemplate: "Judge: {{ answer }}"\n'
PROMPT = 'id: greet\nmodel: local/m\nparams: {temperature: 0}\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'
SET = (
    "id: greet\ndata: greet.jsonl\nscorers:\n  - {type: contains, primary: true}\n"
    "  - {type: judge, name: tone, prompt: tone, pass_at: 0.5}\n"
)


def number(text):
    """Return the case's number, which stands at the end of every answer."""
    return int(text.rpartition("n")[2])


def judged_by(project, says, *, evalset=SET, rubric=RUBRIC, cases=CASES):
    """Commit a project of greetings whose judge says what `says` makes of a case's number; return its server."""

    def answer(body):
        text = last_text(body)
        return str(says(number(text))) if body["model"] == "judge" else text

    server = ModelServer(answer)
    lines = "".join(
        f'{{"id": "c{i:02}", "inputs": {{"name": "n{i:02}"}}, "expected": "n{i:02}"}}\n' for i in range(cases)
    )
    project.commit(
        {
            "prompts/tone.yaml": rubric,
            "prompts/greet.yaml": PROMPT,
            "evalsets/greet.yaml": evalset,
            "evalsets/greet.jsonl": lines,
            "llmops.yaml": f"endpoints: {{local: {server.url}}}\n",
        },
        "judged",
    )
    return server


def table(rows, columns):
    """Return rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def labels(says, cases=CASES, columns=("case", "label")):
    """Return a CSV with what a person says of each case's answer."""
    return table([(f"c{i:02}", says(i)) for i in range(cases)], columns)
