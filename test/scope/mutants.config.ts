/** Runs the laws once with each bug planted and once without: one project each, told apart by their names. */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import type { Reporter } from "vitest/node"
import { chosen, type Mutant, plant } from "./mutants.js"

const root = fileURLToPath(new URL("../../", import.meta.url))
const src = `${root}src/`

const project = (name: string, mutant?: Mutant) => ({
  root,
  plugins: [{
    name: "plant",
    enforce: "pre" as const,
    transform: (code: string, id: string) =>
      mutant?.changes
        .filter((change) => id.split("?")[0] === `${src}scope/${change.file}`)
        .reduce(plant, code)
  }],
  resolve: {
    alias: [
      { find: /^effect-posthog$/, replacement: `${src}index.ts` },
      { find: /^effect-posthog\/(.*)$/, replacement: `${src}$1.ts` }
    ]
  },
  test: { name, pool: "threads" as const, include: ["test/scope/laws.test.ts"], testTimeout: 60_000 }
})

/** One line of JSON: the failed laws of each project. */
const report: Reporter = {
  onTestRunEnd: (modules, errors) => {
    const results = modules.map((module) => ({
      name: module.project.name,
      errors: module.errors().length + errors.length,
      failed: [...module.children.allTests("failed")].map((test) => test.fullName),
      passed: [...module.children.allTests("passed")].length
    }))
    console.log(`\nMUTANTS ${JSON.stringify(results)}`)
  }
}

export default defineConfig({
  test: {
    reporters: [report],
    minWorkers: 1,
    maxWorkers: 2,
    silent: true,
    projects: [project("no bug"), ...chosen().map((mutant) => project(mutant.name, mutant))]
  }
})
