import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FleetError } from "../errors/index.ts";
import { NodeName, PublicKey, SessionName, Tag } from "./index.ts";
import { formatTarget, parseTarget, printable } from "./target.ts";

describe("targets", () => {
  it.each([
    ["gpu-box:42", { node: "gpu-box", session: { id: 42 } }],
    ["gpu-box:reviewer", { node: "gpu-box", session: { name: "reviewer" } }],
    ["7", { session: { id: 7 } }],
    ["reviewer", { session: { name: "reviewer" } }],
  ])("reads %s", (text, target) => {
    expect(parseTarget(text)).toEqual(target);
    const { node, session } = parseTarget(text);
    if (node !== undefined) expect(formatTarget(node, session)).toBe(text);
  });

  it.each(["", ":", ":3", "a:", "a:b:c", "Gpu:1", "fleet:1", "a:0", "a:-1", "a:1.5", "a:99999999999", "../etc:1", "a:..", "a: 1", "a:x\n", "*:1", ">:1", "a.b:1", "a\0:1", `${"n".repeat(41)}:1`])(
    "refuses %j",
    (text) => {
      expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: "bad-target", exit: 2 }));
    },
  );

  it("answers a FleetError for whatever is typed, and its message has no control characters", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ unit: "grapheme" })), (text) => {
        try {
          parseTarget(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FleetError);
          // eslint-disable-next-line no-control-regex -- that there is none is the point
          expect((error as FleetError).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
    );
  });
});

describe("names", () => {
  it.each(["a", "gpu-box", "n1", "a".repeat(40)])("a node may be called %s", (name) => expect(NodeName.safeParse(name).success).toBe(true));
  it.each(["", "-a", "a-", "A", "a_b", "a.b", "a b", "*", ">", "ä", "аbc", "fleet", "all", "a".repeat(41), "a\n"])("a node may not be called %j", (name) => expect(NodeName.safeParse(name).success).toBe(false));
  it("a session's name never looks like an id", () => {
    expect(SessionName.safeParse("12").success).toBe(false);
    expect(SessionName.safeParse("a12").success).toBe(true);
  });
  it("tags and keys are plain", () => {
    expect(Tag.safeParse("team=red").success).toBe(true);
    expect(Tag.safeParse("a b").success).toBe(false);
    expect(PublicKey.safeParse("*").success).toBe(false);
  });
  it("what is printed of bad input is short and clean", () => {
    expect(printable("\u001b[31mx\u0000")).toBe("?[31mx?");
    expect(printable("x".repeat(500))).toHaveLength(80);
  });
});
