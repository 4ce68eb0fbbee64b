// What `--where` says: one condition each, read once where it is typed, and a value from then on.
import * as z from "zod/mini";
import { FleetError } from "../errors/index.ts";
import { printable } from "../ids/index.ts";

/** Amounts that a node has. `memory` and `memory-free` in bytes, `load` per CPU. */
export const NUMBER_FACTS = ["cpus", "memory", "memory-free", "gpus", "gpus-free", "load", "sessions"] as const;
/** Texts that a node has. */
export const TEXT_FACTS = ["arch", "os", "hostname", "node", "pool", "version"] as const;

const COMPARISONS = ["=", "!=", ">=", "<=", ">", "<"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const Condition = z.union([
  z.object({ kind: z.literal("number"), fact: z.enum(NUMBER_FACTS), is: z.enum(COMPARISONS), value: z.number(), text: z.string() }),
  z.object({ kind: z.literal("text"), fact: z.enum(TEXT_FACTS), is: z.enum(["=", "!="]), value: z.string(), text: z.string() }),
  z.object({ kind: z.literal("label"), key: z.string(), is: z.enum(["=", "!=", "there", "absent"]), value: z.optional(z.string()), text: z.string() }),
]);
/** `text`: as a person would write it, for explanations. */
export type Condition = z.infer<typeof Condition>;

const KEY = /^[a-z0-9][a-z0-9._/-]{0,62}$/;
const UNITS: Readonly<Record<string, number>> = { "": 1, "K": 2 ** 10, "M": 2 ** 20, "G": 2 ** 30, "T": 2 ** 40 };

/**
 * Reads one condition:
 *
 *     zone=eu  zone!=eu    a label's value; a node without the label is not `eu`
 *     ssd      !ssd        it has the label, or hasn't
 *     cpus>=8  memory>=16G  load<0.5   an amount: = != >= <= > <
 *     arch=x64 os=linux    a text of the node's own: = !=
 *     label:os=x           the label, where a fact has the same name
 *
 * @throws FleetError `usage` that says what is wrong with it
 */
export function parseCondition(text: string): Condition {
  const whole = text.trim();
  const [, bang = "", left = "", sign = "", right = ""] = /^(!?)\s*([^=!<>\s]+)\s*(?:(!=|>=|<=|==|=|>|<)\s*(.*))?$/.exec(whole) ?? [];
  const value = right.trim();
  const is = sign === "==" ? "=" : sign;
  if (left === "") throw wrong(text, "is no condition");
  if (bang !== "" && is !== "") throw wrong(text, "negates twice", `write ${left}!=${value}`);
  const normal = `${bang}${left}${is}${value}`;
  const isLabel = left.startsWith("label:");
  const key = isLabel ? left.slice("label:".length) : left;
  const number = isLabel || bang !== "" || is === "" ? undefined : NUMBER_FACTS.find((fact) => fact === key);
  if (number !== undefined) return { kind: "number", fact: number, is: is as Comparison, value: amount(number, value, text), text: normal };
  const fact = isLabel || bang !== "" || is === "" ? undefined : TEXT_FACTS.find((one) => one === key);
  if (!KEY.test(key)) throw wrong(text, `'${printable(key)}' can't be a label's key`);
  if (is !== "" && is !== "=" && is !== "!=") throw wrong(text, `'${key}' is ${fact === undefined ? "a label" : "a text"} and has no order`, `amounts are ${NUMBER_FACTS.join(", ")}`);
  if (fact !== undefined) return { kind: "text", fact, is: is as "=" | "!=", value: fact === "arch" ? archOf(value) : value, text: normal };
  if (is === "") return { kind: "label", key, is: bang === "" ? "there" : "absent", text: normal };
  return { kind: "label", key, is: is as "=" | "!=", value, text: normal };
}

function amount(fact: (typeof NUMBER_FACTS)[number], value: string, text: string): number {
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)(?:i?B)?$/i.exec(value) ?? [];
  if (number === undefined) throw wrong(text, `'${printable(value)}' is not an amount`);
  if (unit !== "" && !fact.startsWith("memory")) throw wrong(text, `'${fact}' is a plain number`);
  return Number(number) * (UNITS[unit.toUpperCase()] ?? 1);
}

/** The names that other tools give the same processors. */
function archOf(value: string): string {
  return { x86_64: "x64", amd64: "x64", aarch64: "arm64" }[value] ?? value;
}

function wrong(text: string, why: string, hint = "conditions are zone=eu, zone!=eu, ssd, !ssd, cpus>=8, memory>=16G, arch=x64, os=linux"): FleetError {
  return new FleetError("usage", `--where '${printable(text)}': ${why}`, { hint });
}
