import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { mark, pages } from "./src/shop/pages";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const OUT = at("../backend/hub/web/dist/shop");

/** Writes the shop's pages around the hashed script, style and fonts, and packs what compresses. */
function writePages(): Plugin {
  return {
    name: "shop-pages",
    apply: "build",
    buildStart: () => rmSync(OUT, { recursive: true, force: true }),
    writeBundle(_options, bundle) {
      const names = Object.keys(bundle);
      const one = (ending: string): string => {
        const name = names.find((n) => n.endsWith(ending));
        if (name === undefined) throw new Error(`the shop's build has no ${ending}`);
        return `/shop/${name}`;
      };
      const fonts = names.filter((n) => n.endsWith(".woff2")).map((n) => `/shop/${n}`);
      for (const [name, html] of pages({ script: one(".js"), style: one(".css"), fonts })) {
        mkdirSync(dirname(`${OUT}/${name}`), { recursive: true });
        writeFileSync(`${OUT}/${name}`, html);
      }
      writeFileSync(`${OUT}/mark.svg`, mark);
      for (const name of names.filter((n) => /\.(js|css)$/.test(n)))
        writeFileSync(`${OUT}/${name}.gz`, gzipSync(readFileSync(`${OUT}/${name}`), { level: 9 }));
    },
  };
}

export default defineConfig({
  base: "/shop/",
  plugins: [writePages()],
  publicDir: false,
  build: {
    outDir: OUT,
    emptyOutDir: false,
    target: "safari16",
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: { input: at("./src/shop/shop.ts") },
  },
});
