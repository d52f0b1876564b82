"""What every generated TypeScript module begins with: types, and checks that say what the command line would say."""

HEAD = r"""// Typed prompts, {what}. Written by `llmops prompt codegen --lang ts`: change the prompts, not this file.

/** Earlier chat turns, for a prompt that has a place for them. */
export interface Turn {{
  role: "user" | "assistant" | "tool";
  content?: unknown;
  name?: string;
  tool_calls?: unknown;
  tool_call_id?: string;
}}

export interface Message {{
  role: string;
  content?: unknown;
  name?: string;
  tool_calls?: unknown;
  tool_call_id?: string;
}}

/** What a model is to be sent; tools and response_format have the shape of chat completions. */
export interface RenderedPrompt {{
  messages: Message[];
  model: string;
  params: Record<string, unknown>;
  tools: Record<string, unknown>[];
  response_format: Record<string, unknown> | null;
  attributes: {{ id: string; version: string; digest: string; label: string; source: string }};
}}

/** A value that does not fit its variable. */
export class PromptError extends Error {{
  override name = "PromptError";
}}

interface _Spec {{
  name: string;
  kinds: readonly string[];
  required: boolean;
  printed?: string;
  one?: readonly unknown[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}}
"""

CODE = r"""
const _KEYS: readonly string[] = ["role", "content", "name", "tool_calls", "tool_call_id"];
const _ROLES: readonly unknown[] = ["user", "assistant", "tool"];
const _MAX = 1048576;

function _kind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function _fits(value: unknown, kinds: readonly string[]): boolean {
  if (kinds.length === 0) return true;
  const kind = _kind(value);
  return kinds.includes(kind) || (kind === "integer" && kinds.includes("number"));
}

function _turnsFault(value: unknown): string {
  if (!Array.isArray(value)) return `must be a list of messages, not ${_kind(value)}`;
  for (const [place, turn] of value.entries()) {
    if (typeof turn !== "object" || turn === null || Array.isArray(turn)) return `at ${place} is no message`;
    const message = turn as Record<string, unknown>;
    for (const key of Object.keys(message)) {
      if (!_KEYS.includes(key)) return `at ${place} is no message with only ${_KEYS.join(", ")}`;
    }
    const role = message["role"];
    if (!_ROLES.includes(role)) return `at ${place} has the role ${String(role)}; turns are user, assistant, tool`;
  }
  return "";
}

function _fault(spec: _Spec, value: unknown): string {
  if (spec.kinds.includes("messages")) return _turnsFault(value);
  if (typeof value === "number" && !Number.isFinite(value)) return "is no finite number";
  if (!_fits(value, spec.kinds)) return `must be ${spec.kinds.join(" or ")}, not ${_kind(value)}`;
  if (["undefined", "function", "symbol", "bigint"].includes(typeof value)) return `is no JSON: ${typeof value}`;
  if (spec.one !== undefined && !spec.one.includes(value)) return "is none of the values that its enum allows";
  if (typeof value === "string") {
    const length = [...value].length;
    if (spec.minLength !== undefined && length < spec.minLength) return `is shorter than ${spec.minLength}`;
    if (spec.maxLength !== undefined && length > spec.maxLength) return `is longer than ${spec.maxLength}`;
  }
  if (typeof value === "number") {
    if (spec.minimum !== undefined && value < spec.minimum) return `is less than ${spec.minimum}`;
    if (spec.maximum !== undefined && value > spec.maximum) return `is more than ${spec.maximum}`;
    const [above, below] = [spec.exclusiveMinimum, spec.exclusiveMaximum];
    if (above !== undefined && value <= above) return `is not above ${above}`;
    if (below !== undefined && value >= below) return `is not below ${below}`;
  }
  return "";
}

/** The values by name, each checked. A missing, unknown, null or unfit one is an error that names it. */
function _checked(prompt: string, specs: readonly _Spec[], values: object): Map<string, unknown> {
  const given = new Map<string, unknown>(Object.entries(values).filter(([, value]) => value !== undefined));
  for (const name of given.keys()) {
    if (!specs.some((spec) => spec.name === name)) {
      throw new PromptError(`prompt ${prompt}: extra argument ${name}: no such variable`);
    }
  }
  for (const spec of specs) {
    const value = given.get(spec.name);
    if (!given.has(spec.name) || (value === null && !spec.kinds.includes("null"))) {
      if (spec.required) {
        const isNull = given.has(spec.name);
        const what = isNull ? `variable ${spec.name} is null, but required` : `missing variable ${spec.name}`;
        throw new PromptError(`prompt ${prompt}: ${what}`);
      }
      given.delete(spec.name);
      continue;
    }
    const fault = _fault(spec, value);
    if (fault !== "") throw new PromptError(`prompt ${prompt}: variable ${spec.name} ${fault}`);
  }
  return given;
}

/** A number as Python prints it: small ones have an exponent of two digits. */
function _numeral(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1e-4) return String(value);
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = exponent.slice(1);
  return `${digits}e-${power.length < 2 ? `0${power}` : power}`;
}

function _printed(prompt: string, name: string, given: Map<string, unknown>, specs: readonly _Spec[]): string {
  if (!given.has(name)) {
    const absent = specs.find((spec) => spec.name === name)?.printed;
    if (absent !== undefined) return absent;
    throw new PromptError(`prompt ${prompt}: variable ${name} has no value here`);
  }
  const value = given.get(name);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return _numeral(value);
  throw new PromptError(`prompt ${prompt}: variable ${name} is ${_kind(value)} and would be printed`);
}

/** Parts: text, name, text, …; a value is put in as it is and never read again. */
function _text(prompt: string, parts: readonly string[], given: Map<string, unknown>, specs: readonly _Spec[]): string {
  const text = parts.map((part, place) => (place % 2 === 1 ? _printed(prompt, part, given, specs) : part)).join("");
  if (text.length > _MAX && [...text].length > _MAX) {
    throw new PromptError(`prompt ${prompt}: the text is longer than ${_MAX} characters`);
  }
  return text;
}

function _turns(name: string, given: Map<string, unknown>): Message[] {
  return ((given.get(name) ?? []) as Message[]).map((turn) => ({ ...turn }));
}
"""
