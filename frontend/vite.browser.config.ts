import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vite";
import desk from "./vite.config.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The desk in an ordinary browser, over the fake bridge: for development, pictures and tests.
export default mergeConfig(
  desk,
  defineConfig({
    resolve: { alias: { $bridge: at("./src/bridge/fake/index.ts") } },
    build: { outDir: "../.cache/desk-fake" },
    server: { host: "127.0.0.1" },
    preview: { host: "127.0.0.1" },
  }),
);
