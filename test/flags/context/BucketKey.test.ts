import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as ContextBuilder from "../../../src/flags/context/ContextBuilder.js"
import { empty } from "../../../src/flags/context/EvaluationContext.js"

const built = (builder: ContextBuilder.ContextBuilder) => Either.getOrThrow(builder.buildEither)

describe("the bucket key of a context", () => {
  it("the seed's test_bucket_key", () => {
    const context = built(ContextBuilder.make().userId("user-123").anonymousId("anon-456"))
    assert.strictEqual(context.bucketKey("user_id"), "user-123")
    assert.strictEqual(context.bucketKey("anonymous_id"), "anon-456")
  })

  it("without an id, or with a blank one, the anonymous id stands in", () => {
    for (const builder of [ContextBuilder.make(), ContextBuilder.make().userId(" ")]) {
      for (const by of ["user_id", "user.id", "userId"]) {
        assert.strictEqual(built(builder.anonymousId("anon-456")).bucketKey(by), "anon-456")
      }
    }
  })

  it("device and session, by both of the seed's names", () => {
    const context = built(ContextBuilder.make().deviceId("d").sessionId("s"))
    for (const by of ["device_id", "device.device_id", "deviceId", "device.deviceId"]) {
      assert.strictEqual(context.bucketKey(by), "d")
    }
    for (const by of ["session_id", "session.id", "sessionId"]) {
      assert.strictEqual(context.bucketKey(by), "s")
    }
    assert.strictEqual(built(ContextBuilder.make().anonymousId("a")).bucketKey("user.anonymous_id"), "a")
  })

  it("otherwise a textual property by path", () => {
    const context = built(ContextBuilder.make().plan("pro").custom("tenant", "acme").custom("n", 1).custom("blank", ""))
    assert.strictEqual(context.bucketKey("plan"), "pro")
    assert.strictEqual(context.bucketKey("custom.tenant"), "acme")
    for (const by of ["custom.n", "custom.blank", "custom.missing", "constructor", ""]) {
      assert.isUndefined(context.bucketKey(by))
    }
  })

  it("nobody is bucketed by nothing", () => {
    for (const by of ["user_id", "anonymous_id", "device_id", "session_id"]) {
      assert.isUndefined(empty.bucketKey(by))
    }
  })
})
