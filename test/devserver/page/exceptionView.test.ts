/** Exceptions of any SDK, as the page shows them. */
import { assert, describe, it } from "@effect/vitest"
import { fromProperties } from "../../../src/devserver/page/ExceptionView.js"

const entry = (type: string, mechanism?: object) => ({ type, value: `${type}!`, ...(mechanism ? { mechanism } : {}) })

const tree = (list: unknown) =>
  fromProperties({ $exception_list: list }).map(({ parent, relation, type }) => [type, parent, relation])

describe("exceptions", () => {
  it("are linked as their mechanisms say, causes apart from members", () => {
    assert.deepStrictEqual(
      tree([
        entry("AggregateError", { exception_id: 0, type: "generic" }),
        entry("A", { exception_id: 1, parent_id: 0, type: "chained", source: "member" }),
        entry("B", { exception_id: 2, parent_id: 1, type: "chained", source: "cause" }),
        entry("C", { exception_id: 3, parent_id: 0, type: "chained", source: "member" })
      ]),
      [["AggregateError", null, null], ["A", 0, "member"], ["B", 1, "cause"], ["C", 0, "member"]]
    )
  })

  it("are each the cause of the one before where nothing is said, or nothing that can be", () => {
    assert.deepStrictEqual(tree([entry("A"), entry("B"), entry("C")]), [
      ["A", null, null],
      ["B", 0, "cause"],
      ["C", 1, "cause"]
    ])
    assert.deepStrictEqual(
      tree([entry("A", { exception_id: 0, parent_id: 1 }), entry("B", { exception_id: 1, parent_id: 1 })]),
      [["A", null, null], ["B", 0, "cause"]]
    )
  })

  it("show the call that threw first, with its lines", () => {
    const [exception] = fromProperties({
      $exception_list: [{
        type: "Error",
        value: "no",
        stacktrace: {
          type: "raw",
          frames: [
            { platform: "node:javascript", in_app: false, filename: "node:internal", function: "outer" },
            {
              platform: "node:javascript",
              in_app: true,
              filename: "/app/a.ts",
              function: "inner",
              lineno: 7,
              colno: 3,
              pre_context: ["before"],
              context_line: "throw",
              post_context: ["after", 1]
            }
          ]
        }
      }]
    })
    assert.deepStrictEqual(exception?.frames, [
      {
        file: "/app/a.ts",
        function: "inner",
        line: 7,
        column: 3,
        inApp: true,
        before: ["before"],
        text: "throw",
        after: ["after"]
      },
      {
        file: "node:internal",
        function: "outer",
        line: null,
        column: null,
        inApp: false,
        before: [],
        text: null,
        after: []
      }
    ])
  })

  it("may have any form: what cannot be read is left out", () => {
    for (const list of [undefined, null, 1, "x", {}]) {
      assert.deepStrictEqual(tree(list), [])
    }
    assert.deepStrictEqual(tree([null, 1, { stacktrace: { frames: [null, 1] }, mechanism: 1 }]), [
      ["Error", null, null],
      ["Error", 0, "cause"],
      ["Error", 1, "cause"]
    ])
  })
})
