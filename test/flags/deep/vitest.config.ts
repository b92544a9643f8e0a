/** Comparisons with the pinned posthog-node, which only `test/bench` installs: not a part of `npm test`. */
import { defineConfig } from "vitest/config"

// posthog-node reads dates without a zone in the process's own
process.env["TZ"] = "UTC"

export default defineConfig({
  test: {
    include: ["test/flags/deep/*.deep.ts"],
    testTimeout: 1_800_000,
    pool: "forks"
  }
})
