/**
 * Every test starts with V8's own stack depth: Effect leaves it at one frame when it prints an error whose message throws
 * (`makePrettyError`), which tests with hostile errors make it do.
 */
import { beforeEach } from "vitest"

beforeEach(() => {
  Error.stackTraceLimit = 10
})
