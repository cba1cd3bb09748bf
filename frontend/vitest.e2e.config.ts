import { defineConfig } from "vitest/config";

// End-to-end tests: real Chromium, real Go services, one file after the other.
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts", "src/messenger/**/*.e2e.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
