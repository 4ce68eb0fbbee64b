import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{shared,node-agent,fleet-cli}/src/**/*.test.ts", "tests/**/*.test.ts", "compose/**/*.test.ts", "docs/**/*.test.ts", "bench/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: real servers and PTYs in every file; more workers only make each other late.
    maxWorkers: 2,
    pool: "forks",
  },
});
