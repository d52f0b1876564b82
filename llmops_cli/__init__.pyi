from llmops_cli.runtime.loader import Loader

__version__: str
prompts: Loader
