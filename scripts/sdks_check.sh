#!/bin/sh
# The adapters of `prompts.get(…).render(…)` against the newest SDKs, in a virtual environment that is thrown away.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  -e . pytest openai anthropic 'litellm!=1.82.7,!=1.82.8' mcp langchain-core llama-index-core
"$folder/venv/bin/python" -m pip list --disable-pip-version-check \
  | grep -E '^(openai|anthropic|litellm|langchain-core|llama-index-core) '
"$folder/venv/bin/python" -m pytest tests/runtime/test_runtime_sdks.py -W ignore -p no:cacheprovider -q
