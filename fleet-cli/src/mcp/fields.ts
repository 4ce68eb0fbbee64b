// Inputs that several tools take, with what a model is told of them.
import { NodeName, SessionName, Tag } from "@fleetwire/shared/ids";
import * as z from "zod/mini";

const TARGET = "node:id or node:name, as other tools return it in `target`";

export const target = z.string().check(z.minLength(1), z.maxLength(80), z.describe(`the session: ${TARGET}`));
export const targets = z.array(z.string().check(z.minLength(1), z.maxLength(80))).check(z.minLength(1), z.maxLength(64), z.describe(`the sessions: each ${TARGET}`));
export const nodeName = z.string().check(z.minLength(1), z.maxLength(40), z.describe("name of a node, as the tool 'nodes' lists it"));
export const mailNode = z.optional(NodeName.check(z.describe("another node that keeps messages for you: where this server's machine is no node of the fleet, answers to what you sent to a session are on the session's node")));
export const sessionName = SessionName.check(z.describe("a name, unique on its node: a letter, then up to 31 letters, digits, '-' or '_'"));
export const tags = (told: string) => z.array(Tag).check(z.maxLength(32), z.describe(told));
export const offset = (told: string) => z.int().check(z.gte(0), z.describe(told));
export const chars = z.optional(z.int().check(z.gte(200), z.lte(1_000_000), z.describe("longest text of the answer, characters; the server's own limit holds as well")));
export const graceSeconds = z.optional(z.number().check(z.gte(0), z.lte(60), z.describe("seconds between the signal and KILL; default 5")));
export const seconds = (usual: number, most: number, told: string) => z._default(z.number().check(z.gte(0), z.lte(most), z.describe(told)), usual);
export const pattern = z.string().check(z.minLength(1), z.maxLength(500), z.describe("regular expression (JavaScript, without slashes), tried on each line of text without escape sequences"));
