"""What an application may meet when it asks for a prompt.

LlmopsError
├── UnknownNameError
│   └── NotServedError         the source answers: no such prompt, version or label. Never covered by a fallback
├── FindingsError
│   ├── BundleError            a bundle or release does not verify (load.bundle)
│   └── RenderError            the values do not fit, or the prompt cannot be rendered (render.errors)
├── IncompleteError
│   └── UnreachableError       no source could be reached; the one case that a fallback is for
└── UsageError
    └── AdapterError           what was rendered has no equal in the other library's terms
"""

from llmops_cli.errors import IncompleteError, UnknownNameError, UsageError


class NotServedError(UnknownNameError):
    """A prompt, version, label or digest that the sources do not have."""


class UnreachableError(IncompleteError):
    """No source of prompts could be reached, or none is configured."""


class AdapterError(UsageError):
    """A rendered prompt holds what the other library has no place for."""
