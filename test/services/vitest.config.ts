import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  root: fileURLToPath(new URL("../../", import.meta.url)),
  test: {
    include: ["test/services/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // they share the services and measure time
    fileParallelism: false
  }
})
