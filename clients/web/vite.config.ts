import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SERVER = process.env["TRADEFORGE_URL"] ?? "http://127.0.0.1:50051";

/**
 * What messages are made of as the text that it mostly is: in base64, as it is generated, the names that
 * come again and again look different each time, and compress a third less.
 */
const descriptorsAsText: Plugin = {
  name: "descriptors-as-text",
  apply: "build",
  transform: {
    filter: { id: /_pb\.ts$/ },
    handler: (code) =>
      code.replace(/fileDesc\("([^"]+)"/, (_, base64) => {
        const text = Buffer.from(base64, "base64").toString("latin1");
        return `fileDesc(btoa(${JSON.stringify(text)})`;
      }),
  },
};

// The names of the output are stable and hold no hash: the folder is kept in the repository, so a
// change must replace files and not add some. The server sends an ETag with each.
export default defineConfig({
  plugins: [react(), descriptorsAsText],
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        entryFileNames: "app.js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            {
              name: "candles",
              test: /node_modules\/(lightweight-charts|fancy-canvas)/,
              priority: 3,
            },
            { name: "uplot", test: /node_modules\/uplot/, priority: 3 },
            {
              name: "editor",
              test: /node_modules\/(@codemirror|@lezer|@marijn|style-mod|w3c-keyname|crelt)/,
              priority: 3,
            },
            { name: "vendor", test: /node_modules/, priority: 2 },
            // What reports share is loaded with the first of them.
            { name: "report", test: /src\/(reports|charts)\//, minShareCount: 2, priority: 2 },
            // What pages that come later share, and the first one has no use for.
            {
              name: "later",
              test: /src\/(submit|rules|data)\/|src\/runs\/(limitText|labels)|src\/rpc\/(results|rawResults|wireColumns|columns|marketData)|src\/gen\/.*(result|market_data)_service|src\/format\/fraction|src\/ui\/(Choice|Field|Select|Panel|savePicture|useSettled|usePrinting)/,
              minShareCount: 2,
              priority: 2,
            },
            { name: "shared", minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "/tradeforge.v1.": SERVER, "/import": SERVER, "/export": SERVER, "/session": SERVER },
  },
  test: { include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.ts"] },
});
