import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL("../../../", import.meta.url))

export default defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^effect-posthog$/, replacement: `${root}src/index.ts` },
      { find: /^effect-posthog\/(.*)$/, replacement: `${root}src/$1.ts` }
    ]
  },
  test: {
    include: ["test/hosts/next/**/*.spec.ts"],
    testTimeout: 120_000,
    hookTimeout: 400_000
  }
})
