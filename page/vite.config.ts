import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

/** Fetches the font beside the styles instead of after them, so that text does not change its face. */
const preloadFont: Plugin = {
  name: "preload-font",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (_html, { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((name) => name.endsWith(".woff2"))
        .map((name) => ({
          tag: "link",
          attrs: { rel: "preload", as: "font", type: "font/woff2", href: `/${name}`, crossorigin: true },
          injectTo: "head" as const,
        })),
  },
};

/** Lays a brotli and a gzip form beside each file that gets smaller by it; the API hands those out as they are. */
const compress: Plugin = {
  name: "compress",
  apply: "build",
  closeBundle() {
    const root = new URL("dist/", import.meta.url);
    for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
      if (!/\.(js|css|html|svg|webmanifest|txt)$/.test(name)) continue;
      const file = new URL(name, root);
      const plain = readFileSync(file);
      const forms = {
        br: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        gz: gzipSync(plain, { level: 9 }),
      };
      for (const [ending, form] of Object.entries(forms)) {
        if (form.length < plain.length) writeFileSync(`${file.pathname}.${ending}`, form);
      }
    }
  },
};

export default defineConfig({
  plugins: [preloadFont, compress],
  build: {
    target: "es2022",
    // scripts/build-page empties the folder, but for the file that keeps it.
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: { proxy: { "^/(v1|docs|icon.svg|openapi.json|problems)": "http://127.0.0.1:8080" } },
  test: { include: ["tests/**/*.test.ts"] },
});
