import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import type { JsonObject, JsonValue } from "effect-posthog/domain/JsonValue"
import * as Redaction from "effect-posthog/exception/privacy/Redaction"
import type { RedactedPlace } from "effect-posthog/exception/privacy/RedactionOptions"

const redaction = Redaction.make(undefined)
const message = (text: string) => redaction.text(text, "message")
const context = (text: string) => redaction.text(text, "context")

type Cases = ReadonlyArray<readonly [text: string, expected: string]>

const verify = (redact: (text: string) => string, cases: Cases) => {
  for (const [text, expected] of cases) {
    assert.strictEqual(redact(text), expected)
    assert.strictEqual(redact(expected), expected, "a second time")
  }
}

const unchanged = (redact: (text: string) => string, texts: ReadonlyArray<string>) =>
  verify(redact, texts.map((text) => [text, text]))

describe("Redaction of URLs", () => {
  it("user names and passwords are replaced, also where nobody escaped them", () => {
    verify(message, [
      ["connect postgres://bob:s3cret@db:5432/app failed", "connect postgres://[redacted]@db:5432/app failed"],
      ["redis://:s3cret@cache", "redis://[redacted]@cache"],
      ["amqp://u:s3@cret@mq/vhost", "amqp://[redacted]@mq/vhost"],
      ["https://ghp@github.com/x", "https://[redacted]@github.com/x"],
      ["Invalid URL: postgres://u:s3/c?r#et@host/db", "Invalid URL: postgres://[redacted]@host/db"],
      ["mongodb+srv://u:p@a,b then s://v:q@c", "mongodb+srv://[redacted]@a,b then s://[redacted]@c"]
    ])
  })

  it("URLs without them stay, whatever @ they hold further on", () => {
    unchanged(message, [
      "https://unpkg.com/react@18.2.0/index.js",
      "http://localhost:3000/@vite/client?a=b@c",
      "http://[::1]:3000/a@b",
      "file:///app/node_modules/.pnpm/effect@3.22.4/x.js",
      "write to bob@example.com: see https://example.com"
    ])
  })

  it("the values of sensitive parameters are replaced, and those that sign a URL", () => {
    verify(message, [
      ["GET /a?token=abc&x=1#f: 500", "GET /a?token=[redacted]&x=1#f: 500"],
      ["/a?x=1&access_token=abc", "/a?x=1&access_token=[redacted]"],
      ["/a?key=abc&sig=def&v=2", "/a?key=[redacted]&sig=[redacted]&v=2"],
      ["/a?X-Amz-Credential=abc%2F1&X-Amz-Signature=f0", "/a?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]"]
    ])
    unchanged(message, ["/a?page=2&author=bob&keys=5", "key=5"])
  })
})

describe("Redaction of messages", () => {
  it("values beside sensitive names are replaced, the rest stays", () => {
    verify(message, [
      ["password=abc", "password=[redacted]"],
      ["bad password: abc, user: bob", "bad password: [redacted], user: bob"],
      ["{\"password\":\"a\\\"bc\",\"user\":\"bob\"}", "{\"password\":\"[redacted]\",\"user\":\"bob\"}"],
      ["{\"pin\":1234,\"user\":1}", "{\"pin\":[redacted],\"user\":1}"],
      [
        "{\\\"password\\\":\\\"abc\\\",\\\"a\\\":\\\"b\\\"}",
        "{\\\"password\\\":\\\"[redacted]\\\",\\\"a\\\":\\\"b\\\"}"
      ],
      ["{ password: 'a\\'bc', a: 1 }", "{ password: '[redacted]', a: 1 }"],
      ["password = \"abc\" (1)", "password = \"[redacted]\" (1)"],
      ["'password' => 'abc'", "'password' => '[redacted]'"],
      ["Server=x;Password=a;b&c,d;User=bob", "Server=x;Password=[redacted];User=bob"],
      ["(token=abc) (x)", "(token=[redacted]) (x)"],
      ["Incorrect API key: abc", "Incorrect API key: [redacted]"],
      ["Command failed: db --password abc --host h", "Command failed: db --password [redacted] --host h"],
      ["Command failed: db --password=abc --host h", "Command failed: db --password=[redacted] --host h"],
      ["{ secrets: { a: 'x}', b: [\"y\"] }, c: 1 }", "{ secrets: [redacted], c: 1 }"],
      ["[ 'x-api-key', 'abc', 'host', 'h' ]", "[ 'x-api-key', '[redacted]', 'host', 'h' ]"]
    ])
  })

  it("of the lines of HTTP headers nothing is left", () => {
    verify(message, [
      ["Authorization: Bearer abc\nHost: h", "Authorization: [redacted]\nHost: h"],
      ["token: Bearer abc next", "token: [redacted] next"],
      ["Cookie: a=b; c=d\r\nHost: h", "Cookie: [redacted]\r\nHost: h"],
      ["Cookie: a=b; c=d\\r\\nHost: h", "Cookie: [redacted]\\r\\nHost: h"],
      ["curl -H \"Cookie: a=b; c=d\" h", "curl -H \"Cookie: [redacted]\" h"],
      ["-H 'Cookie: \"a\"; c=d' h", "-H 'Cookie: [redacted]' h"],
      ["{ authorization: 'Basic abc', h: 1 }", "{ authorization: '[redacted]', h: 1 }"],
      ["{\"Set-Cookie\": \"a=b; c=d\", \"h\": 1}", "{\"Set-Cookie\": \"[redacted]\", \"h\": 1}"]
    ])
  })

  it("what a ParseError of Effect shows of a sensitive field is replaced", () => {
    verify(message, [[
      "{ readonly password: string; readonly a: string }\n├─ [\"password\"]\n│  └─ minLength(8)\n│     └─ Predicate refinement failure\n│        └─ Expected minLength(8), actual \"abc\"\n└─ [\"a\"]\n   └─ Expected string, actual 1",
      "{ readonly password: string; readonly a: string }\n├─ [\"password\"]\n│  └─ minLength(8)\n│     └─ Predicate refinement failure\n│        └─ Expected minLength(8), actual [redacted]\n└─ [\"a\"]\n   └─ Expected string, actual 1"
    ]])
  })

  it("secrets that are known by how they look are replaced without a name", () => {
    verify(message, [
      ["got sk-proj-abcdefgh1234567890 here", "got [redacted] here"],
      ["jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-d.", "jwt [redacted]."],
      ["sent Bearer abcdefghijkl1234567 to h", "sent Bearer [redacted] to h"],
      ["ghp_abcdefghij0123456789 AKIAABCDEFGHIJKLMNOP", "[redacted] [redacted]"]
    ])
    unchanged(message, ["Bearer authentication is required", "eyJ is how they begin", "sk-learn"])
  })

  it("words that tell no secret stay", () => {
    unchanged(message, [
      "token: undefined, password: null, secret=false",
      "Unexpected token } in JSON at position 3",
      "Cannot read properties of undefined (reading 'token')",
      "author: bob, total_tokens: 12, tokenCount=3, monkey: 1",
      "Token::Invalid at token://x",
      "",
      "=:=",
      "password",
      "password:"
    ])
  })

  it("an open quote or bracket hides the rest, for it may be a secret that was cut", () => {
    verify(message, [
      ["{\"password\":\"abc def", "{\"password\":\"[redacted]"],
      ["secrets: { a: 'b', c: d", "secrets: [redacted]"]
    ])
  })
})

describe("Redaction of source lines", () => {
  it("literals that a sensitive name gets are replaced, with their quotes", () => {
    verify(context, [
      ["const password = \"abc\"", "const password = \"[redacted]\""],
      ["  password: string = 'abc',", "  password: string = '[redacted]',"],
      ["const apiKey = Redacted.make(\"abc\")", "const apiKey = Redacted.make(\"[redacted]\")"],
      ["const secret = env.S ?? `abc`; f('x')", "const secret = env.S ?? `[redacted]`; f('x')"],
      ["if (token === \"abc\" && kind === \"x\") {", "if (token === \"[redacted]\" && kind === \"x\") {"],
      ["{ \"password\": \"abc\", user: \"bob\" }", "{ \"password\": \"[redacted]\", user: \"bob\" }"],
      [
        "const credentials = { user: \"a\", x: ['b'] }",
        "const credentials = { user: \"[redacted]\", x: ['[redacted]'] }"
      ],
      ["headers.set(\"x-api-key\", \"abc\")", "headers.set(\"x-api-key\", \"[redacted]\")"],
      ["const url = \"postgres://u:abc@h/db\"", "const url = \"postgres://[redacted]@h/db\""]
    ])
  })

  it("what stands in literals and comments is read like a message", () => {
    verify(context, [
      ["fetch(\"/x?token=abc&x=1\")", "fetch(\"/x?token=[redacted]&x=1\")"],
      ["const body = '{\"password\":\"abc\",\"a\":1}'", "const body = '{\"password\":\"[redacted]\",\"a\":1}'"],
      ["log(\"password: abc\") // token: abc", "log(\"password: [redacted]\") // token: [redacted]"],
      [" * password: abc", " * password: [redacted]"],
      ["f(a /* pin: 1234 */, b)", "f(a /* pin: [redacted] */, b)"]
    ])
  })

  it("code stays", () => {
    unchanged(context, [
      "const token = readToken(user, password)",
      "if (typeof token === \"string\") {",
      "throw new Error(`invalid token: ${token} for ${user}`)",
      "throw new Error(\"token: \" + token + \" is bad\")",
      "const f = (token: string, name = \"bob\") => token",
      "(token) => \"x\"",
      "  readonly password?: string",
      "const tokens = [\"a\", \"b\"]",
      "export const author = \"Bob\"",
      "password = \"\"",
      "import { token } from \"./token.js\""
    ])
  })
})

describe("Redaction of properties", () => {
  it("values under sensitive keys are replaced at any depth, other texts are looked at, keys stay", () => {
    assert.deepStrictEqual(
      redaction.properties({
        user: { id: 1, password: "abc", Token: 12, secret: null, auth: { a: 1 }, cookies: ["a"] },
        list: [{ api_key: "abc" }, "token=abc", 5],
        url: "redis://:abc@h",
        rawHeaders: ["Authorization", "Bearer abc", "Host", "h"],
        headers: [{ name: "Cookie", value: "a=b" }, { name: "Host", value: "h" }],
        $session_id: "s"
      }),
      {
        user: {
          id: 1,
          password: "[redacted]",
          Token: "[redacted]",
          secret: null,
          auth: "[redacted]",
          cookies: "[redacted]"
        },
        list: [{ api_key: "[redacted]" }, "token=[redacted]", 5],
        url: "redis://[redacted]@h",
        rawHeaders: ["Authorization", "[redacted]", "Host", "h"],
        headers: [{ name: "Cookie", value: "[redacted]" }, { name: "Host", value: "h" }],
        $session_id: "s"
      }
    )
  })

  it("an object in which nothing has to go is returned itself, and none is changed", () => {
    const inner = { a: ["x", { b: null }] }
    const plain: JsonObject = { inner, n: 1 }
    assert.strictEqual(redaction.properties(plain), plain)
    const mixed: JsonObject = { inner, password: "abc" }
    const redacted = redaction.properties(mixed)
    assert.strictEqual(redacted["inner"], inner)
    assert.strictEqual(mixed["password"], "abc")
    assert.strictEqual(redaction.properties(redacted), redacted)
  })

  it("a key named __proto__ is a key like any other", () => {
    const values: JsonObject = JSON.parse("{\"__proto__\":{\"password\":\"abc\"},\"a\":\"b\"}")
    const json = JSON.stringify(redaction.properties(values))
    assert.strictEqual(json, "{\"__proto__\":{\"password\":\"[redacted]\"},\"a\":\"b\"}")
  })

  const leaf = "hunter2secret"
  const key = FastCheck.constantFrom("password", "userToken", "API_KEY", "Set-Cookie", "auth")
  const innocentKey = FastCheck.oneof(
    FastCheck.string(),
    FastCheck.constantFrom("author", "__proto__", "$set", "tokens")
  )
  const nested: FastCheck.Arbitrary<JsonValue> = FastCheck.letrec<{ value: JsonValue }>((tie) => ({
    value: FastCheck.oneof(
      { maxDepth: 6, withCrossShrink: true },
      FastCheck.constantFrom<JsonValue>(null, true, 0, "text", "a: b"),
      FastCheck.array(tie("value"), { maxLength: 4 }),
      FastCheck.dictionary(innocentKey, tie("value"), { maxKeys: 4 }),
      FastCheck.tuple(key, FastCheck.jsonValue({ maxDepth: 3 })).map(([key, around]): JsonValue => ({
        [key]: [around as JsonValue, { deep: leaf }]
      })),
      FastCheck.tuple(key, FastCheck.constantFrom("=", ": ", "\": \"")).map(([key, separator]): JsonValue =>
        `${key}${separator}${leaf}`
      ),
      key.map((key): JsonValue => JSON.stringify({ a: { [key]: [leaf] } }))
    )
  })).value

  it.prop("whatever the nesting, nothing under a sensitive key survives, and a second time changes nothing", [
    FastCheck.dictionary(innocentKey, nested)
  ], ([values]) => {
    const redacted = redaction.properties(values)
    assert.notInclude(JSON.stringify(redacted), leaf)
    assert.strictEqual(redaction.properties(redacted), redacted)
  })
})

describe("Redaction with options", () => {
  it("keys are added to the defaults or stand alone, in texts as in properties", () => {
    const more = Redaction.make({ keys: ["email"] })
    assert.strictEqual(more.text("E-Mail: a, password: b", "message"), "E-Mail: [redacted], password: [redacted]")
    const alone = Redaction.make({ keys: [/^ema?il$/i], withoutDefaults: true })
    assert.strictEqual(
      alone.text("email=a emil=b emul=c password=d", "message"),
      "email=[redacted] emil=[redacted] emul=c password=d"
    )
    assert.deepStrictEqual(alone.properties({ email: 1, password: 2 }), { email: "[redacted]", password: 2 })
    assert.strictEqual(alone.text("ghp_abcdefghij0123456789", "message"), "ghp_abcdefghij0123456789")
    assert.strictEqual(alone.text("redis://:abc@h", "message"), "redis://[redacted]@h")
  })

  it("patterns are replaced everywhere, with or without the flag g, and keep no position", () => {
    const sticky = /\d{3}-\d{4}/y
    const { properties, text } = Redaction.make({ patterns: [/cust_\w+/, sticky, /x*/g, /red/i] })
    for (const place of ["message", "context", "property"] as const) {
      assert.strictEqual(
        text("cust_1 and cust_2, 555-1234 Red", place),
        "[redacted] and [redacted], [redacted] [redacted]"
      )
      assert.strictEqual(text("a [redacted] b", place), "a [redacted] b")
    }
    assert.deepStrictEqual(properties({ a: ["cust_1"] }), { a: ["[redacted]"] })
    assert.strictEqual(sticky.lastIndex, 0)
  })

  it("the function has the last word, and hears where the text stands", () => {
    const heard: Array<readonly [string, RedactedPlace]> = []
    const { properties, text } = Redaction.make({
      patterns: [/cust_\w+/],
      redact: (text, place) => {
        heard.push([text, place])
        return text.toUpperCase()
      }
    })
    assert.strictEqual(text("token=abc cust_1", "message"), "TOKEN=[REDACTED] [REDACTED]")
    text("a", "context")
    assert.deepStrictEqual(properties({ a: "b", password: "c" }), { a: "B", password: "[redacted]" })
    assert.deepStrictEqual(heard, [["token=[redacted] [redacted]", "message"], ["a", "context"], ["b", "property"]])
  })

  it("fails closed: what the function throws, or returns instead of a text, shows nothing", () => {
    const throwing = Redaction.make({
      redact: () => {
        throw new Error("no")
      }
    })
    assert.strictEqual(throwing.text("a", "message"), "[redacted]")
    assert.deepStrictEqual(throwing.properties({ a: "b", n: 1 }), { a: "[redacted]", n: 1 })
    for (const result of [undefined, null, 1, {}, Promise.reject(new Error("late"))]) {
      // a caller without types
      const strange = Redaction.make({ redact: () => result as unknown as string })
      assert.strictEqual(strange.text("a", "message"), "[redacted]")
    }
    const halves = Redaction.make({ redact: (text) => text.slice(0, 1) })
    assert.strictEqual(halves.text("😀", "message"), "\ufffd")
  })

  it("fails closed: options that cannot be understood show nothing", () => {
    const strange: ReadonlyArray<unknown> = [
      { patterns: ["text"] },
      { patterns: 1 },
      { keys: [null] },
      { keys: 5 },
      { redact: "text" },
      new Proxy({}, {
        get: () => {
          throw new Error("no")
        }
      }),
      null
    ]
    for (const options of strange.slice(0, -1)) {
      const { isSensitive, properties, text } = Redaction.make(options as never)
      assert.strictEqual(text("a", "message"), "[redacted]")
      if (isSensitive("name")) {
        assert.deepStrictEqual(properties({ a: 1, b: { c: 2 } }), { a: "[redacted]", b: "[redacted]" })
      }
    }
    assert.strictEqual(Redaction.make(null as never).text("password=a", "message"), "password=[redacted]")
  })

  it("false shows everything as it is", () => {
    const { isSensitive, properties, text } = Redaction.make(false)
    const values = { password: "abc" }
    assert.strictEqual(text("password=abc redis://:abc@h", "message"), "password=abc redis://:abc@h")
    assert.strictEqual(properties(values), values)
    assert.strictEqual(isSensitive("password"), false)
  })
})

describe("Redaction of any text", () => {
  const piece = FastCheck.oneof(
    FastCheck.constantFrom(
      "password",
      "token",
      "Cookie",
      "authorization",
      "api key",
      "x",
      "--secret",
      "redacted",
      "Bearer",
      "undefined",
      "${",
      "=",
      ":",
      "://",
      "==",
      "=>",
      ",",
      ";",
      "&",
      "?",
      "@",
      "/",
      "//",
      "/*",
      "*/",
      "*",
      "\\",
      "\"",
      "'",
      "`",
      "{",
      "}",
      "[",
      "]",
      "(",
      ")",
      "<",
      ">",
      "+",
      ".",
      "-",
      " ",
      "\n",
      "\\n",
      "#",
      "[redacted]",
      "─ [\"token\"]",
      ", actual ",
      "\u00a0",
      "é",
      "sk-abcdefgh1234567890",
      "ghp_abcdefghij0123456789"
    ),
    FastCheck.string({ maxLength: 4 })
  )
  const text = FastCheck.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""))
  const places = ["message", "context", "property"] as const

  it.prop("twice is once", [text], ([text]) => {
    for (const place of places) {
      const once = redaction.text(text, place)
      assert.strictEqual(redaction.text(once, place), once, `${place}: ${JSON.stringify(text)}`)
    }
  }, { fastCheck: { numRuns: 5000 } })

  it.prop("it is total", [FastCheck.fullUnicodeString()], ([text]) => {
    for (const place of places) {
      assert.isString(redaction.text(text, place))
      assert.isString(redaction.text(`password: ${text}`, place))
    }
  })

  it("takes linear time: what would take minutes otherwise takes no seconds", () => {
    const units = [
      "a",
      "A",
      "aA",
      ":",
      "=",
      "\"",
      "\\",
      "-",
      "?",
      "$",
      "é",
      " ",
      "//",
      "a://",
      "a://b:c/",
      "password=",
      "password: ",
      "password=&",
      "password=,a",
      "token=[",
      "token='",
      "token=\\",
      "\\\"",
      ",\"",
      "\"password\",",
      "--token ",
      "-eyJ",
      "Bearer ",
      "cookie: ",
      "x key: ",
      "─ [\"password\"]\n",
      "[\"",
      "const token = ("
    ]
    for (const unit of units) {
      const text = unit.repeat((1 << 18) / unit.length)
      const start = performance.now()
      message(text)
      context(text)
      // some ten milliseconds; a stalled machine may take its time, 2^36 steps take more
      assert.isBelow(performance.now() - start, 5000, JSON.stringify(unit))
    }
  })
})
