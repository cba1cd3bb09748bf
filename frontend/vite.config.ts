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

export default defineConfig({
  base: "./",
  plugins: [icons(), svelte(), keepDirectory(), allowReload()],
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
