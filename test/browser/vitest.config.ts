import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL("../../", import.meta.url))

export default defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^effect-posthog$/, replacement: `${root}src/index.ts` },
      { find: /^effect-posthog\/(.*)$/, replacement: `${root}src/$1.ts` }
    ]
  },
  test: {
    include: ["test/browser/**/*.spec.ts"],
    // one browser at a time: what is measured and waited for belongs to the test that runs
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000
  }
})
