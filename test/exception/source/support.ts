import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

/** A folder that is there until the tests of a file are done. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "effect-posthog-source-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const settings = { maxFileBytes: 1024 * 1024, maxFiles: 100, maxBytes: 8 * 1024 * 1024 }
