import { describe, expect, it } from "vitest"
import { interpret } from "../../src/delivery/Answer.js"

describe("interpret", () => {
  const meanings = (statuses: ReadonlyArray<number>) => new Set(statuses.map((status) => interpret(status, "", 5)._tag))

  it("RETRY-06 takes 2xx alone for delivered, and keeps what a redirection, 408, 429 or 5xx answers", () => {
    expect(meanings([200, 201, 202, 204, 299])).toEqual(new Set(["Taken"]))
    expect(meanings([301, 302, 307, 308, 408, 429, 500, 503, 599])).toEqual(new Set(["Retry"]))
    expect(meanings([413])).toEqual(new Set(["TooLarge"]))
    expect(meanings([400, 401, 403, 404, 410, 422])).toEqual(new Set(["Rejected"]))
    expect(interpret(503, "", 5)).toEqual({ _tag: "Retry", reason: "status 503", retryAfter: 5 })
  })
})
