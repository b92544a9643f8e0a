/** The laws are worth as much as the bugs they find: each planted bug makes them fail. */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { chosen, type Mutant, mutants, occurrences, plant } from "./mutants.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

interface Result {
  readonly name: string
  readonly errors: number
  readonly failed: ReadonlyArray<string>
  readonly passed: number
}

const runLaws = async (planted: ReadonlyArray<Mutant>): Promise<ReadonlyArray<Result>> => {
  const { VITEST: _, VITEST_POOL_ID: __, VITEST_WORKER_ID: ___, ...env } = process.env
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/scope/mutants.config.ts"]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: {
      ...env,
      MUTANTS: planted.map(({ name }) => name).join("|"),
      PROGRAMS: "500",
      RUNS: "40",
      SAMPLE: "5",
      SEED: "1",
      SHRINK: "0",
      NO_COLOR: "1"
    },
    maxBuffer: 1 << 26
  }).catch((error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? "" }))
  const line = stdout.split("\n").find((line) => line.startsWith("MUTANTS "))
  assert.isDefined(line, stdout)
  return JSON.parse(line!.slice("MUTANTS ".length)) as ReadonlyArray<Result>
}

describe("the laws find planted bugs", () => {
  it("every bug is planted into text that the source contains exactly once", async () => {
    for (const { changes } of mutants) {
      for (const change of changes) {
        const source = await readFile(`${root}src/scope/${change.file}`, "utf8")
        assert.strictEqual(occurrences(source, change.text), 1, change.text)
        assert.notStrictEqual(plant(source, change), source)
      }
    }
  })

  it("without a bug every law holds, with each of those that are planted at least one does not", async () => {
    const planted = chosen()
    const results = await runLaws(planted)
    const lines = results.map(({ failed, name }) =>
      failed.length === 0 ? `${name}: every law holds` : `${name}: found by\n  ${failed.join("\n  ")}`
    )
    console.log(lines.join("\n"))
    assert.sameMembers(results.map(({ name }) => name), ["no bug", ...planted.map(({ name }) => name)])
    for (const { errors, failed, name, passed } of results) {
      assert.strictEqual(errors, 0, name)
      assert.isAbove(passed + failed.length, 10, name)
      if (name === "no bug") {
        assert.deepStrictEqual(failed, [])
      } else {
        assert.isNotEmpty(failed, `no law notices: ${name}`)
      }
    }
  }, 180_000)
})
