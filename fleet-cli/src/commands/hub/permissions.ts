import { defineCommand } from "../command.ts";
export default defineCommand({ args: [], flags: {}, examples: [], run: () => Promise.resolve({}) });
