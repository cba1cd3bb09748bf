import { svelte } from "@sveltejs/vite-plugin-svelte";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, defineConfig, type Plugin } from "vite";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const DIST = at("../backend/hub/web/dist");

/** What a page with the messenger may cost before co-browse, gzipped: loader and chat together. */
export const BUDGET_BYTES = 60 * 1024;

const compress = (file: string): number => {
  const packed = gzipSync(readFileSync(file), { level: 9 });
  writeFileSync(`${file}.gz`, packed);
  return packed.length;
};

/** After the chat's chunk has its hashed name, builds the loader that knows it, packs both and holds the budget. */
function loaderAndBudget(): Plugin {
  return {
    name: "messenger-loader",
    apply: "build",
    buildStart: () => rmSync(`${DIST}/messenger`, { recursive: true, force: true }),
    async writeBundle(_options, bundle) {
      const chat = Object.values(bundle).find((part) => part.type === "chunk" && part.isEntry);
      if (chat === undefined) throw new Error("the chat has no entry chunk");
      await build({
        configFile: false,
        logLevel: "warn",
        define: { CHAT_CHUNK: JSON.stringify(chat.fileName) },
        build: {
          outDir: DIST,
          emptyOutDir: false,
          copyPublicDir: false,
          target: "safari16",
          modulePreload: false,
          lib: { entry: at("./src/messenger/loader.ts"), formats: ["iife"], name: "_", fileName: () => "messenger.js" },
          rolldownOptions: { output: { strict: true } },
        },
      });
      const names = ["messenger.js", ...Object.keys(bundle)];
      const sizes = names.map((name) => [name, compress(`${DIST}/${name}`)] as const);
      const total = sizes.reduce((sum, [, size]) => sum + size, 0);
      const list = sizes.map(([name, size]) => `${name} ${(size / 1024).toFixed(1)} KB`).join(", ");
      if (total > BUDGET_BYTES) throw new Error(`messenger is over its ${BUDGET_BYTES} bytes gzipped: ${list}`);
      console.log(`messenger, gzipped: ${list}; ${(total / 1024).toFixed(1)} of ${BUDGET_BYTES / 1024} KB`);
    },
  };
}

export default defineConfig({
  // The page gets one name of ours and no other; Svelte would leave its version in a second one.
  plugins: [svelte({ compilerOptions: { discloseVersion: false } }), loaderAndBudget()],
  publicDir: false,
  build: {
    outDir: DIST,
    emptyOutDir: false,
    target: "safari16",
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: at("./src/messenger/chat.ts"),
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "messenger/chat-[hash].js", chunkFileNames: "messenger/[name]-[hash].js" },
    },
  },
});
