import { assert, describe, it } from "@effect/vitest"
import * as Library from "effect-posthog/event/Library"
import * as os from "node:os"
import * as OtlpResource from "../../src/otlp/OtlpResource.js"

const plain = (options: OtlpResource.ResourceOptions) =>
  Object.fromEntries(
    OtlpResource.make(options).attributes.map(({ key, value }) => [key, Object.values(value)[0]])
  )

describe("the resource", () => {
  it("LOG-08 TRACE-19: service.name is always there, and so are the SDK and the system", () => {
    const resource = plain({})
    assert.strictEqual(resource["service.name"], "unknown_service")
    assert.strictEqual(resource["telemetry.sdk.name"], Library.name)
    assert.strictEqual(resource["telemetry.sdk.version"], Library.version)
    assert.strictEqual(resource["os.version"], os.release())
    assert.isString(resource["os.name"])
    assert.notProperty(resource, "service.version")
    assert.notProperty(resource, "deployment.environment")
    assert.strictEqual(plain({ serviceName: " " })["service.name"], "unknown_service")
  })

  it("LOG-08 TRACE-19: options and further attributes; service.* and telemetry.sdk.* cannot be replaced", () => {
    const resource = plain({
      serviceName: "shop",
      serviceVersion: "1.2.3",
      environment: "production",
      resourceAttributes: {
        "service.name": "thief",
        "service.instance.id": "thief",
        "telemetry.sdk.name": "thief",
        "os.name": "TempleOS",
        region: "eu",
        shards: 3,
        nothing: null
      }
    })
    assert.deepInclude(resource, {
      "service.name": "shop",
      "service.version": "1.2.3",
      "deployment.environment": "production",
      "telemetry.sdk.name": Library.name,
      "os.name": "TempleOS",
      region: "eu",
      shards: "3"
    })
    assert.notProperty(resource, "service.instance.id")
    assert.notProperty(resource, "nothing")
  })

  it("each key stands there once", () => {
    const keys = OtlpResource.make({ resourceAttributes: { "deployment.environment": "x" }, environment: "y" })
      .attributes.map(({ key }) => key)
    assert.strictEqual(new Set(keys).size, keys.length)
  })

  it("attributes that cannot be read leave the rest", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    assert.strictEqual(plain({ serviceName: "shop", resourceAttributes: proxy })["service.name"], "shop")
  })
})
