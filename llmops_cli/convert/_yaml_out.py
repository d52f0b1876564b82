"""Values → YAML in block style, as people write it by hand, for the tools that read YAML with a reader of their own."""

from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, texts of several lines as blocks, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's
        super().increase_indent(flow, False)

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.rstrip("\n") or (text.endswith("\n") and text.strip("\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(value: dict[str, Any]) -> str:
    """Return the YAML text of a mapping, keys in their order; YAML 1.1 and 1.2 readers read the same from it."""
    if not value:
        return ""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)
