import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const src = fileURLToPath(new URL("./src/", import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-posthog$/, replacement: `${src}index.ts` },
      { find: /^effect-posthog\/(.*)$/, replacement: `${src}$1.ts` }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/package/**", "test/services/**", "**/node_modules/**"],
    setupFiles: ["test/support/stackTraceLimit.ts"],
    testTimeout: 30_000,
    // no module of ours keeps anything between tests: a worker need not load effect anew for each of a hundred files
    isolate: false,
    poolOptions: { forks: { minForks: 1, maxForks: 2 } }
  }
})
