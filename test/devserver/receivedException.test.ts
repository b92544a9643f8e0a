/** What the embedded PostHog demands of the properties of an `$exception` event. */
import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import { problemsOf } from "effect-posthog/devserver/ReceivedEvent"
import { decode } from "effect-posthog/devserver/ReceivedException"

type Bag = Record<string, unknown>

const frame = (over: Bag = {}): Bag => ({
  platform: "node:javascript",
  filename: "src/shop.ts",
  function: "pay",
  lineno: 12,
  colno: 3,
  in_app: true,
  ...over
})

const outermost = (over: Bag = {}, mechanism: Bag = {}): Bag => ({
  type: "PaymentError",
  value: "no money",
  mechanism: { exception_id: 0, type: "generic", handled: true, synthetic: false, ...mechanism },
  stacktrace: { type: "raw", frames: [frame()] },
  ...over
})

const nested = (id: number, parent: number, mechanism: Bag = {}): Bag => ({
  type: "Error",
  value: "",
  mechanism: { exception_id: id, parent_id: parent, type: "chained", source: "cause", ...mechanism }
})

const event = (list: unknown, over: Bag = {}): Bag => ({
  $exception_list: list,
  $exception_type: "PaymentError",
  $exception_message: "no money",
  $exception_level: "error",
  ...over
})

const problems = (properties: unknown): ReadonlyArray<string> =>
  Either.match(decode(properties), { onLeft: ({ issue }) => problemsOf(issue), onRight: () => [] })

const withFrame = (over: Bag) =>
  problems(event([outermost({ stacktrace: { type: "raw", frames: [frame(), frame(over)] } })]))

const inFrame = (rest: string) => [`$exception_list[0].stacktrace.frames[1]${rest}`]

describe("ReceivedException", () => {
  it("EXCMETA-01: the smallest event, and one with everything, are exceptions", () => {
    const smallest = { $exception_list: [{ type: "E", value: "", mechanism: { exception_id: 0 } }] }
    assert.deepStrictEqual(problems({ ...smallest, $exception_type: "E", $exception_message: "" }), [])
    const full = event([
      outermost({
        module: "shop",
        thread_id: 1,
        stacktrace: {
          type: "raw",
          frames: [
            frame(),
            frame({
              module: "shop",
              abs_path: "/app/src/shop.ts",
              context_line: "pay()",
              pre_context: ["a", ""],
              post_context: ["b"],
              more: { own: [1] }
            })
          ]
        }
      }, { data: { code: 5 } }),
      nested(1, 0, { source: "member" }),
      nested(2, 1),
      nested(7, 0, { source: "suppressed", handled: true, synthetic: true })
    ], {
      $exception_source: "node.process_uncaught_exception",
      $exception_fingerprint: "payment",
      anything: null,
      $lib: "effect-posthog"
    })
    assert.deepStrictEqual(problems(full), [])
    assert.deepStrictEqual(Either.getOrThrow(decode(full)), full as never)
  })

  it("EXC-01: type and message stand flat beside the list, and are those of the outermost exception", () => {
    assert.deepStrictEqual(problems(event([outermost()], { $exception_type: "Other", $exception_message: "x" })), [
      "$exception_type: must be the type of the outermost exception",
      "$exception_message: must be the value of the outermost exception"
    ])
    const { $exception_message: _, $exception_type: __, ...without } = event([outermost()])
    assert.deepStrictEqual(problems(without).map((problem) => problem.split(":")[0]), [
      "$exception_type",
      "$exception_message"
    ])
  })

  it("EXCMETA-01: what is no list of exceptions is named with its place", () => {
    assert.deepStrictEqual(problems(null), ["must be an object"])
    assert.deepStrictEqual(problems(event("text")), ["$exception_list: must be an array"])
    assert.deepStrictEqual(problems(event([])), ["$exception_list: must have from 1 to 50 entries"])
    assert.deepStrictEqual(problems(event([1])), ["$exception_list[0]: must be an object"])
    assert.deepStrictEqual(problems(event([outermost({ type: "", value: 1, module: 1, thread_id: "" })])), [
      "$exception_list[0].type: must be a string that is not empty",
      "$exception_list[0].value: must be a string",
      "$exception_list[0].module: must be a string that is not empty",
      "$exception_list[0].thread_id: must be a number or a string that is not empty"
    ])
  })

  it("EXCMETA-22: fifty exceptions are the most", () => {
    const list = [outermost(), ...Array.from({ length: 49 }, (_, i) => nested(i + 1, i))]
    assert.deepStrictEqual(problems(event(list)), [])
    assert.deepStrictEqual(problems(event([...list, nested(50, 49)])), [
      "$exception_list: must have from 1 to 50 entries"
    ])
  })

  it("EXCMETA-03: every entry has a mechanism with an id", () => {
    assert.deepStrictEqual(problems(event([outermost({ mechanism: {} })])), [
      "$exception_list[0].mechanism.exception_id: is missing"
    ])
    assert.deepStrictEqual(problems(event([outermost({ mechanism: [] })])), [
      "$exception_list[0].mechanism: must be an object"
    ])
  })

  it("EXCMETA-05: the fields of a mechanism have their types", () => {
    const at = (key: string, demand: string) => [`$exception_list[0].mechanism.${key}: ${demand}`]
    const of = (mechanism: Bag) => problems(event([outermost({}, mechanism)]))
    assert.deepStrictEqual(of({ exception_id: -1 }), at("exception_id", "must be a whole number from 0"))
    assert.deepStrictEqual(of({ parent_id: 0.5 }), at("parent_id", "must be a whole number from 0"))
    assert.deepStrictEqual(of({ type: "" }), at("type", "must be a string that is not empty"))
    assert.deepStrictEqual(of({ handled: "yes" }), at("handled", "must be true or false"))
    assert.deepStrictEqual(of({ synthetic: 1 }), at("synthetic", "must be true or false"))
    assert.deepStrictEqual(of({ source: "a/b" }), at("source", "must be one lower-case word, like \"cause\""))
  })

  it("EXCMETA-06: what is not known is left out and never null", () => {
    assert.deepStrictEqual(problems(event([outermost({}, { handled: null })])), [
      "$exception_list[0].mechanism.handled: must be true or false"
    ])
    assert.deepStrictEqual(problems(event([outermost({ module: null })])), [
      "$exception_list[0].module: must be a string that is not empty"
    ])
    const extensions = [outermost({ own: null }, { own: null, data: { deep: [1, null] } })]
    assert.deepStrictEqual(problems(event(extensions)), [
      "$exception_list[0].mechanism.own: must be left out instead of null",
      "$exception_list[0].own: must be left out instead of null"
    ])
    assert.deepStrictEqual(withFrame({ own: null }), inFrame(".own: must be left out instead of null"))
  })

  it("EXCMETA-18: the outermost exception has id 0, no parent, no edge, and is not chained", () => {
    const list = [outermost({}, { exception_id: 1, parent_id: 0, source: "cause", type: "chained" })]
    assert.deepStrictEqual(problems(event(list)), [
      "$exception_list[0].mechanism.exception_id: must be 0 for the outermost exception",
      "$exception_list[0].mechanism.parent_id: must be left out for the outermost exception",
      "$exception_list[0].mechanism.source: must be left out for the outermost exception",
      "$exception_list[0].mechanism.type: must not be \"chained\" for the outermost exception"
    ])
  })

  it("EXCMETA-19: the others have an id of their own, an earlier parent, and are chained", () => {
    const orphan = { type: "E", value: "", mechanism: { exception_id: 2, type: "chained" } }
    assert.deepStrictEqual(
      problems(event([outermost(), nested(1, 2), nested(2, 2), nested(1, 0, { type: "generic" })])),
      [
        "$exception_list[1].mechanism.parent_id: must be the id of an earlier exception",
        "$exception_list[2].mechanism.parent_id: must be the id of an earlier exception",
        "$exception_list[3].mechanism.exception_id: must be the id of no earlier exception",
        "$exception_list[3].mechanism.type: must be \"chained\" for a nested exception"
      ]
    )
    assert.deepStrictEqual(problems(event([outermost(), orphan])), [
      "$exception_list[1].mechanism.parent_id: must be the id of an earlier exception"
    ])
  })

  it("EXC-15: a frame has a platform, says whether it is the application's, and every field has its type", () => {
    assert.deepStrictEqual(withFrame({}), [])
    assert.deepStrictEqual(withFrame({ platform: "" }), inFrame(".platform: must be a string that is not empty"))
    assert.deepStrictEqual(withFrame({ in_app: 1 }), inFrame(".in_app: must be true or false"))
    assert.deepStrictEqual(withFrame({ lineno: 0 }), inFrame(".lineno: must be a whole number from 1"))
    assert.deepStrictEqual(withFrame({ colno: -1 }), inFrame(".colno: must be a whole number from 0"))
    for (const key of ["filename", "function", "module", "abs_path"]) {
      assert.deepStrictEqual(withFrame({ [key]: "" }), inFrame(`.${key}: must be a string that is not empty`))
    }
  })

  it("EXC-08: lines around a frame are at most ten strings on each side, and have a line between them", () => {
    const ten = Array.from({ length: 10 }, () => "x")
    assert.deepStrictEqual(withFrame({ context_line: "", pre_context: ten, post_context: ten }), [])
    assert.deepStrictEqual(
      withFrame({ context_line: "", pre_context: [...ten, "x"] }),
      inFrame(".pre_context: must have at most 10 lines")
    )
    assert.deepStrictEqual(withFrame({ context_line: 1 }), inFrame(".context_line: must be a string"))
    assert.deepStrictEqual(
      withFrame({ context_line: "", post_context: ["x", 1] }),
      inFrame(".post_context[1]: must be a string")
    )
    assert.deepStrictEqual(
      withFrame({ context_line: "", post_context: "x" }),
      inFrame(".post_context: must be an array")
    )
    assert.deepStrictEqual(
      withFrame({ pre_context: [] }),
      inFrame(".context_line: is missing, although there are lines around it")
    )
  })

  it("EXC-14: a stack is raw and has at most fifty frames", () => {
    const of = (stacktrace: unknown) => problems(event([outermost({ stacktrace })]))
    const fifty = Array.from({ length: 50 }, () => frame())
    assert.deepStrictEqual(of({ type: "raw", frames: fifty }), [])
    assert.deepStrictEqual(of({ type: "raw", frames: [...fifty, frame()] }), [
      "$exception_list[0].stacktrace.frames: must have at most 50 frames"
    ])
    assert.deepStrictEqual(of({ type: "resolved", frames: [] }), [
      "$exception_list[0].stacktrace.type: must be \"raw\""
    ])
    assert.deepStrictEqual(of({ type: "raw", frames: {} }), [
      "$exception_list[0].stacktrace.frames: must be an array"
    ])
  })

  it("EXCMETA-23: the level is one of six, or left out", () => {
    for (const level of ["fatal", "error", "warning", "log", "info", "debug"]) {
      assert.deepStrictEqual(problems(event([outermost()], { $exception_level: level })), [])
    }
    assert.deepStrictEqual(problems(event([outermost()], { $exception_level: "warn" })), [
      "$exception_level: must be fatal, error, warning, log, info or debug"
    ])
    const { $exception_level: _, ...without } = event([outermost()])
    assert.deepStrictEqual(problems(without), [])
  })

  it("EXCMETA-12: the source is a technology and a hook in lower case; EXCMETA-34: a fingerprint is no empty text", () => {
    for (const source of ["node", "Node.hook", "node.hook.more", "node./users/1", "", null]) {
      assert.deepStrictEqual(problems(event([outermost()], { $exception_source: source })), [
        "$exception_source: must be <technology>.<stable_hook> in lower case"
      ])
    }
    assert.deepStrictEqual(problems(event([outermost()], { $exception_fingerprint: "" })), [
      "$exception_fingerprint: must be a string that is not empty"
    ])
  })

  it("EXCMETA-37: keys that PostHog's processing writes are not sent; EXCMETA-38: nor are debug images", () => {
    const keys = [
      "$exception_handled",
      "$exception_types",
      "$exception_values",
      "$exception_sources",
      "$exception_functions",
      "$exception_fingerprint_version",
      "$exception_fingerprint_record",
      "$exception_issue_id",
      "$exception_release",
      "$cymbal_errors",
      "$debug_images"
    ]
    assert.deepStrictEqual(
      problems(event([outermost()], Object.fromEntries(keys.map((key) => [key, []])))),
      keys.map((key) => `${key}: must not be sent`)
    )
  })

  it("the error's own message names the place", () => {
    const decoded = decode(event([outermost(), nested(1, 5)]))
    assert.isTrue(Either.isLeft(decoded))
    if (Either.isLeft(decoded)) {
      assert.include(decoded.left.message, "mechanism")
      assert.include(decoded.left.message, "must be the id of an earlier exception")
    }
  })
})
