import { svelte } from "@sveltejs/vite-plugin-svelte";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { icons } from "./icons.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The Go embed of dist needs a file there before the first build, so git keeps one. */
function keepDirectory(): Plugin {
  let out = "";
  return {
    name: "keep-directory",
    apply: "build",
    configResolved: (config) => {
      out = config.build.outDir;
    },
    closeBundle: () => writeFileSync(at(`./${out}/.gitkeep`), ""),
  };
}

/** The development server tells of changes over a socket, which the page's policy forbids. */
function allowReload(): Plugin {
  return {
    name: "allow-reload",
    apply: "serve",
    transformIndexHtml: (html) => html.replace("connect-src 'self'", "connect-src 'self' ws:"),
  };
}

/** What the first screen's code may come to. What it can do without is in src/desk/parts.ts. */
const budgetBytes = 330 * 1024;

/** Prints how large the first screen's code is and fails the build when it is too large. */
function bounded(): Plugin {
  return {
    name: "bounded",
    apply: "build",
    generateBundle(_, bundle) {
      const entry = Object.values(bundle).find((each) => each.type === "chunk" && each.isEntry);
      if (entry?.type !== "chunk") return;
      const bytes = [entry.fileName, ...entry.imports].reduce((sum, name) => {
        const chunk = bundle[name];
        return sum + (chunk?.type === "chunk" ? chunk.code.length : 0);
      }, 0);
      const size = `desk, before its parts: ${(bytes / 1024).toFixed(0)} of ${budgetBytes / 1024} KB`;
      if (bytes > budgetBytes) throw new Error(size);
      console.log(size);
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [icons(), svelte(), keepDirectory(), allowReload(), bounded()],
  resolve: { alias: { $bridge: at("./src/bridge/index.ts") } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "safari16",
    // Fonts and images come as files: the content policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
