"""What rendering raises: a prompt that cannot be rendered, or values that do not fit it."""

from llmops_cli.errors import ExitCode, LlmopsError


class RenderError(LlmopsError):
    """A prompt cannot be rendered. `prompt`, `case` and `variable` name what is at fault, "" where it is none."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, message: str, *, variable: str = "", where: str = "", hint: str = "") -> None:
        """Keep the fault; `located` adds the prompt and the case, which only the caller knows."""
        super().__init__(message, where=where, hint=hint)
        self.variable = variable
        self.prompt = ""
        self.case = ""

    def located(self, prompt: str, *, case: str = "", where: str = "") -> "RenderError":
        """Return the same error, its message beginning with the prompt and the case."""
        subject = f"prompt {prompt}, case {case}" if case else f"prompt {prompt}"
        error = RenderError(
            f"{subject}: {self.message}", variable=self.variable, where=self.where or where, hint=self.hint
        )
        error.prompt, error.case = prompt, case
        return error
