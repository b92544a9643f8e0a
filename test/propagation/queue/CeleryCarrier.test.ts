/** Literal messages of Celery's protocol 2 with posthog-python's integration. */
import { describe, expect, it } from "vitest"
import * as Propagation from "../../../src/propagation/Propagation.js"
import { extract, inject } from "../../../src/propagation/queue/CeleryCarrier.js"

const task = {
  lang: "py",
  task: "mail.send",
  id: "1c3f8a4e-5b0e-4d2e-9a53-6f6e0f6c7d21",
  shadow: null,
  eta: null,
  expires: null,
  group: null,
  group_index: null,
  retries: 0,
  timelimit: [null, null],
  root_id: "1c3f8a4e-5b0e-4d2e-9a53-6f6e0f6c7d21",
  parent_id: null,
  argsrepr: "('ada@example.com',)",
  kwargsrepr: "{}",
  origin: "gen7@web-1",
  ignore_result: false,
  replaced_task_nesting: 0,
  stamped_headers: null,
  stamps: {}
}

const posthog = {
  "X-POSTHOG-DISTINCT-ID": "Amélie",
  "X-POSTHOG-SESSION-ID": "s-1",
  "X-POSTHOG-CONTEXT-TAGS": "{\"plan\": \"pro\", \"name\": \"Am\\u00e9lie\", \"n\": 3, \"celery_state\": \"mine\"}"
}

const sent = {
  distinctId: "Amélie",
  sessionId: "s-1",
  tags: { plan: "pro", name: "Amélie", n: 3, celery_state: "mine" }
}

const ids = { correlation: { id: task.id } }

describe("CeleryCarrier, from a publisher in Python", () => {
  it("reads what stands on the message and nested in its headers", () => {
    const both = { ...task, ...posthog, headers: posthog }
    expect(Propagation.extract(extract(both))).toEqual({ ...sent, ...ids })
  })

  it("reads what stands in only one of the two places; the nested headers win, as for a worker in Python", () => {
    expect(Propagation.extract(extract({ ...task, headers: posthog }))).toEqual({ ...sent, ...ids })
    expect(Propagation.extract(extract({ ...task, ...posthog }))).toEqual({ ...sent, ...ids })
    const differing = { ...task, "X-POSTHOG-DISTINCT-ID": "top", headers: { "X-POSTHOG-DISTINCT-ID": "nested" } }
    expect(Propagation.extract(extract(differing)).distinctId).toBe("nested")
  })

  it("reads a message of RabbitMQ and one that Celery left in Redis", () => {
    const headers = { ...task, ...posthog, headers: posthog }
    const fields = { exchange: "", routingKey: "celery" }
    const properties = { headers, contentType: "application/json", correlationId: task.id, replyTo: "8c" }
    expect(Propagation.extract(extract({ fields, properties, content: Buffer.from("[[],{},{}]") }))).toEqual({
      ...sent,
      ...ids
    })
    const kombu = {
      body: "W1tdLCB7fSwge31d",
      "content-encoding": "utf-8",
      "content-type": "application/json",
      headers,
      properties: { correlation_id: task.id, delivery_mode: 2, body_encoding: "base64" }
    }
    expect(Propagation.extract(extract(kombu))).toEqual({ ...sent, ...ids })
  })

  it("takes an id that is a number in Python as its text, and tags that are no JSON as none", () => {
    const odd = { "X-POSTHOG-DISTINCT-ID": 42, "X-POSTHOG-CONTEXT-TAGS": "{\"ratio\": NaN}" }
    expect(Propagation.extract(extract({ headers: odd }))).toEqual({ distinctId: "42" })
  })

  it("takes texts as they are, also one that looks encoded", () => {
    expect(Propagation.extract(extract({ headers: { "X-POSTHOG-DISTINCT-ID": "UTF-8''a%20b" } })).distinctId).toBe(
      "UTF-8''a%20b"
    )
  })
})

describe("CeleryCarrier, for a worker in Python", () => {
  const headers = {
    "x-posthog-distinct-id": "UTF-8''Am%C3%A9lie",
    "x-posthog-session-id": "s-1",
    "x-posthog-context-tags": "{\"plan\":\"pro\"}",
    "x-correlation-id": "corr",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  }
  const ours = {
    "X-POSTHOG-DISTINCT-ID": "Amélie",
    "X-POSTHOG-SESSION-ID": "s-1",
    "X-POSTHOG-CONTEXT-TAGS": "{\"plan\":\"pro\"}",
    "X-Correlation-Id": "corr",
    traceparent: headers.traceparent
  }

  it("writes names in the case that it looks for, texts unencoded, twice, and keeps everything else", () => {
    expect(inject({ ...task, headers: { trace: "theirs" } }, headers)).toEqual({
      ...task,
      ...ours,
      headers: { trace: "theirs", ...ours }
    })
  })

  it("replaces what a message that is sent on had, in both places", () => {
    const old = { ...task, "X-POSTHOG-DISTINCT-ID": "old", headers: { "x-posthog-distinct-id": "old" } }
    expect(inject(old, { "x-posthog-distinct-id": "new" })).toEqual({
      ...task,
      "X-POSTHOG-DISTINCT-ID": "new",
      headers: { "X-POSTHOG-DISTINCT-ID": "new" }
    })
    expect(inject(task, {})).toEqual(task)
  })
})
