import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
// its tests are tests of ours
import "../../examples/testing/vitest.test.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

describe("the example of node:test", () => {
  it("passes, run by node itself", async () => {
    const { code, output } = await new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
      // the runner of node does nothing within another one of its own
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const child = execFile(
        process.execPath,
        ["--import", "tsx", "--test", "--test-reporter", "tap", "examples/testing/node.test.ts"],
        { cwd: root, env, timeout: 25_000 },
        (_error, stdout, stderr) => resolve({ code: child.exitCode, output: `${stdout}${stderr}` })
      )
    })
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" })
    expect(output).toContain("# pass 2")
  })
})
