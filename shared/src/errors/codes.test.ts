import { describe, expect, it } from "vitest";
import { ERROR_CODES, FleetError, type ErrorCode } from "./index.ts";

describe("the error table", () => {
  it("every code has an exit code of the contract and a next step", () => {
    for (const [code, row] of Object.entries(ERROR_CODES)) {
      expect([1, 2, 124, 125, 126, 127, 130], code).toContain(row.exit);
      expect(row.hint.length, code).toBeGreaterThan(10);
    }
  });

  it("an error crosses a wire and comes back the same", () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const error = new FleetError(code, "what happened", { hint: "do this" });
      expect(FleetError.fromRecord(JSON.parse(JSON.stringify(error.toRecord())))).toMatchObject({ code, message: "what happened", hint: "do this", exit: error.exit });
    }
  });

  it("a newer peer's code keeps its sentence", () => {
    expect(FleetError.fromRecord({ code: "not-invented-yet", message: "the moon is in the way" })).toMatchObject({ code: "version-skew", message: "the moon is in the way" });
  });
});
