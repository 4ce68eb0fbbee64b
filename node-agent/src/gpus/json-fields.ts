// AMD's tools print JSON whose shape differs between releases: amounts as numbers, texts or {value, unit}, lists bare or in an
// object, and warnings before the first bracket.
import * as z from "zod/mini";
import { parseJson } from "@fleetwire/shared/errors";

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 };

const Measured = z.object({ value: z.union([z.number(), z.string()]), unit: z.optional(z.string()) });

export type Fields = Readonly<Record<string, unknown>>;
const Fields = z.record(z.string(), z.unknown());

/** @throws FleetError `bad-input` when there is no JSON in it */
export function jsonIn(text: string): unknown {
  const at = text.search(/[[{]/);
  return parseJson(at < 0 ? text : text.slice(at), "a tool's answer");
}

/** The objects of a list; `{"gpu_data": […]}` is one too. */
export function listOf(value: unknown): Fields[] {
  const inside = Array.isArray(value) ? value : Object.values(fieldsOf(value)).find((part) => Array.isArray(part));
  return Array.isArray(inside) ? inside.map(fieldsOf) : [];
}

export function fieldsOf(value: unknown): Fields {
  return Fields.safeParse(value).data ?? {};
}

export function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "N/A" ? value : undefined;
}

export function numberIn(value: unknown): number | undefined {
  const measured = Measured.safeParse(value).data;
  const plain = measured?.value ?? value;
  const number = typeof plain === "number" ? plain : /^\d+(\.\d+)?$/.test(String(plain).trim()) ? Number(plain) : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** Without a unit: megabytes, as amd-smi means them. */
export function bytesIn(value: unknown): number | undefined {
  const number = numberIn(value);
  const unit = Measured.safeParse(value).data?.unit?.toUpperCase() ?? "MB";
  return number === undefined ? undefined : number * (UNITS[unit] ?? 1);
}
