import { expect, it } from "vitest";
import { errorsPage, permissionsPage, verbsPage } from "./reference.ts";

it.each([
  ["verbs", verbsPage],
  ["errors", errorsPage],
  ["permissions", permissionsPage],
] as const)("docs/reference/%s.md says what the code does", async (page, render) => {
  await expect(render()).toMatchFileSnapshot(`../docs/reference/${page}.md`);
});
