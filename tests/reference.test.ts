import { expect, it } from "vitest";
import { clientPage } from "./reference-client.ts";
import { errorsPage, permissionsPage, toolsPage, verbsPage } from "./reference.ts";

it.each([
  ["verbs", verbsPage],
  ["errors", errorsPage],
  ["permissions", permissionsPage],
  ["client", clientPage],
  ["mcp-tools", toolsPage],
] as const)("docs/reference/%s.md says what the code does", async (page, render) => {
  await expect(await render()).toMatchFileSnapshot(`../docs/reference/${page}.md`);
});
