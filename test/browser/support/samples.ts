/** Events for the stand-in. */
import type { EventDetail, Exception, Frame, JsonObject, Origin } from "../../../src/devserver/page/PageApi.js"

const names = ["checkout started", "stock reserved", "order paid", "$pageview", "report exported", "invite sent"]
const services = ["shop", "billing", "mailer"]

const uuidOf = (number: number) => `01930000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`

export const sample = (number: number, change: Partial<EventDetail> = {}): EventDetail => {
  const timestamp = new Date(Date.UTC(2026, 0, 5, 9, 0, 0) + number * 37).toISOString()
  const own: ReadonlyArray<readonly [string, string | number, Origin]> = [
    ["total", number % 250, "explicit"],
    ["customer", `customer-${number % 997}`, "tag"],
    ["release", "2026.1", "super"],
    ["$lib", "effect-posthog", "system"]
  ]
  const event = change.event ?? names[number % names.length]!
  const distinctId = change.distinctId ?? `customer-${number % 997}@example.org`
  const properties = change.properties ?? own.map(([name, value, origin]) => ({ name, value, origin }))
  const raw: JsonObject = {
    event,
    distinct_id: distinctId,
    timestamp,
    properties: Object.fromEntries(properties.map(({ name, value }) => [name, value]))
  }
  return {
    number,
    uuid: uuidOf(number),
    event,
    distinctId,
    sessionId: `session-${number % 4999}`,
    correlationId: `correlation-${Math.floor(number / 4)}`,
    service: services[number % services.length]!,
    timestamp,
    receivedAt: new Date(new Date(timestamp).getTime() + 12).toISOString(),
    deliveries: 1,
    frames: null,
    exceptions: [],
    problems: [],
    raw,
    ...change,
    properties
  }
}

export const samples = (from: number, count: number): ReadonlyArray<EventDetail> =>
  Array.from({ length: count }, (_, index) => sample(from + index))

const script = "<script>window.ran = true</script><img src=x onerror=\"window.ran = true\">"

const mark = "<b onmouseover=\"window.ran = true\">bold</b>"

/** Text that would do something if it ever became more than text. */
export const hostile = (number: number): EventDetail => {
  const values: ReadonlyArray<readonly [string, EventDetail["properties"][number]["value"], Origin]> = [
    ["__proto__", { polluted: true }, "explicit"],
    ["constructor", script, "explicit"],
    [script, mark, "explicit"],
    ["huge", `begin ${"x".repeat(1_000_000)} end`, "explicit"],
    ["lines", "line\n".repeat(5000), "explicit"],
    ["rtl", "مرحبا بالعالم", "tag"],
    ["override", "\u202etxt.exe\u202c and \u0000 \u200b", "tag"],
    ["emoji", "👩‍👩‍👧 🏴‍☠️ ́́́", "section"],
    ["javascript", "javascript:window.ran = true", "super"],
    ["data", `data:text/html,${script}`, "super"],
    ["web", "https://example.org/?q=<script>", "flag"],
    ["nested", { list: [script, null, true, 1.5e30], "a\"b": { "</script>": script } }, "system"],
    ["no space", `a${"🦄".repeat(4000)}`, "unknown"]
  ]
  const frame: Frame = {
    id: script,
    mode: "fresh",
    hidden: false,
    set: { tags: { [script]: mark }, distinctId: script }
  }
  const exception: Exception = {
    type: script,
    value: mark.repeat(50),
    parent: null,
    relation: null,
    frames: [{
      file: `${script}/${"path/".repeat(200)}a.ts`,
      function: script,
      line: 3,
      column: null,
      inApp: true,
      before: [script, mark],
      text: `const x = "${"y".repeat(3000)}" ${script}`,
      after: ["</pre></template><script>window.ran = true</script>"]
    }]
  }
  return sample(number, {
    event: `${script}\u202e evil`,
    distinctId: `"><img src=x onerror="window.ran=true">${"z".repeat(500)}`,
    sessionId: script,
    correlationId: `${script}/../../?x=#y`,
    service: script,
    properties: values.map(([name, value, origin]) => ({ name, value, origin })),
    frames: [frame, { ...frame, id: "inner", mode: "inherited" }],
    exceptions: [exception],
    problems: [`the event says ${script}`]
  })
}
