import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { icons } from "./icons.ts";

export default defineConfig({
  plugins: [icons(), svelte(), svelteTesting()],
  resolve: { alias: { $bridge: fileURLToPath(new URL("./src/bridge/fake/index.ts", import.meta.url)) } },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "jsdom",
    setupFiles: ["src/shared/testing/setup.ts"],
    restoreMocks: true,
    // axe walks the whole page; a loaded machine takes its time.
    testTimeout: 30_000,
    pool: "threads",
    maxWorkers: 2,
  },
});
