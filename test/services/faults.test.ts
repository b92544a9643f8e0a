/** The rows of the fault table that need a PostgreSQL: see test/faults. */
import { describe, expect, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"

// inherited: the table is what these tests have to show
const run = (command: string, ...values: ReadonlyArray<string>) =>
  spawnSync(command, values, { stdio: "inherit", timeout: 240_000 }).status

describe("an outbox in PostgreSQL", () => {
  it("loses nothing that it promised: killed, terminated, two workers, the database gone", { timeout: 300_000 }, () => {
    expect(run("npm", "run", "build")).toBe(0)
    expect(run("npx", "tsc", "-p", "test/faults")).toBe(0)
    expect(run("node", "test/faults/.out/main.js", "--postgres")).toBe(0)
  })
})
