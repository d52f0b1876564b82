"""What an application imports to read released prompts: `from llmops_cli import prompts`.

Needs jinja2 only, and only for templates with logic; yaml only for a project folder. A released prompt is the
application's own: it was reviewed, and it is verified by digest before it is used. So its templates run in this
process, in the sandbox and under the caps of every other rendering (a text of at most 1 MiB, `* ** %` watched, no
attribute of a value in reach). Values stay untrusted: they are never parsed.
"""

from llmops_cli.load.bundle import BundleError
from llmops_cli.render.errors import RenderError
from llmops_cli.render.verify import UnverifiedError
from llmops_cli.runtime.errors import AdapterError, NotServedError, UnreachableError
from llmops_cli.runtime.loader import Loader
from llmops_cli.runtime.prompt import LoadedPrompt, RenderedPrompt

__all__ = [
    "AdapterError",
    "BundleError",
    "LoadedPrompt",
    "Loader",
    "NotServedError",
    "RenderError",
    "RenderedPrompt",
    "UnreachableError",
    "UnverifiedError",
    "prompts",
]

prompts = Loader()
"""The loader of a program that needs one."""
