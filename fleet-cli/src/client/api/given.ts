// What a program gives as plain text, checked once: inside, names are what they claim to be.
import { resolve } from "node:path";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { NodeName, SessionName, Tag } from "@fleetwire/shared/ids";

/** @throws FleetError `bad-name` */
export const nodeName = (text: string): NodeName => parseOr(NodeName, text, "node", "bad-name");
/** @throws FleetError `bad-name` */
export const sessionName = (text: string): SessionName => parseOr(SessionName, text, "name", "bad-name");
/** @throws FleetError `bad-name` */
export const tagsOf = (texts: readonly string[] = []): Tag[] => texts.map((text) => parseOr(Tag, text, "tag", "bad-name"));
/** @throws FleetError `bad-name` */
export const nodeNames = (texts: readonly string[] | undefined): NodeName[] | undefined => texts?.map(nodeName);

/** One or several; undefined when there are none. */
export function listOf<T>(given: T | readonly T[] | undefined): readonly T[] | undefined {
  const list = given === undefined ? [] : Array.isArray(given) ? (given as readonly T[]) : [given as T];
  return list.length === 0 ? undefined : list;
}

export const pathOf = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));

/** A time as programs have it. @returns milliseconds since 1970. @throws FleetError `bad-input` */
export function momentOf(given: Date | number | string): number {
  const ms = typeof given === "number" ? given : typeof given === "string" ? Date.parse(given) : given.getTime();
  if (!Number.isFinite(ms)) throw new FleetError("bad-input", `'${String(given)}' is not a time`, { hint: "a Date, milliseconds since 1970, or a text like 2026-01-31T12:00:00Z" });
  return ms;
}
