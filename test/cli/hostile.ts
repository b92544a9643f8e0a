/** Definitions that nobody would write, and that a server may send all the same. */
import { FastCheck } from "effect"

const nasty = [
  "*/",
  "/*",
  "//",
  "\\",
  "`",
  "${evil()}",
  "\"",
  "'",
  "\n",
  "\r\n",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u0000",
  "\ud800",
  "*",
  "/",
  "@ts-nocheck",
  "@deprecated",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "}))",
  ";evil();",
  "</script>",
  "💥"
]

/** Pieces of code and any characters, half ones too, in any order. */
export const hostileText = FastCheck.array(
  FastCheck.oneof(FastCheck.constantFrom(...nasty), FastCheck.string16bits({ maxLength: 6 })),
  { maxLength: 5 }
).map((pieces) => pieces.join(""))

const key = FastCheck.oneof(hostileText, FastCheck.constantFrom("a", "b", "__proto__", "constructor"))

const hostilePayload = FastCheck.oneof(
  hostileText,
  FastCheck.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
  FastCheck.dictionary(key, FastCheck.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
  FastCheck.jsonValue({ maxDepth: 3 })
)

const variant = FastCheck.oneof(
  FastCheck.record({ key: FastCheck.oneof(key, FastCheck.constantFrom("control", "test")) }),
  FastCheck.jsonValue({ maxDepth: 1 })
)

const filters = FastCheck.record({
  groups: FastCheck.jsonValue({ maxDepth: 1 }),
  multivariate: FastCheck.oneof(
    FastCheck.record({ variants: FastCheck.oneof(FastCheck.array(variant, { maxLength: 4 }), FastCheck.jsonValue()) }),
    FastCheck.jsonValue({ maxDepth: 1 })
  ),
  payloads: FastCheck.oneof(
    FastCheck.dictionary(FastCheck.oneof(key, FastCheck.constantFrom("true", "control", "test")), hostilePayload),
    FastCheck.jsonValue({ maxDepth: 2 })
  )
}, { requiredKeys: [] })

export const anyDefinition = FastCheck.oneof(
  {
    weight: 8,
    arbitrary: FastCheck.record({
      key,
      name: FastCheck.oneof(hostileText, FastCheck.jsonValue({ maxDepth: 1 })),
      active: FastCheck.oneof(FastCheck.boolean(), FastCheck.jsonValue({ maxDepth: 0 })),
      deleted: FastCheck.oneof(FastCheck.constant(false), FastCheck.jsonValue({ maxDepth: 0 })),
      has_encrypted_payloads: FastCheck.boolean(),
      filters: FastCheck.oneof({ weight: 6, arbitrary: filters }, FastCheck.jsonValue({ maxDepth: 2 }))
    }, { requiredKeys: ["key"] })
  },
  { weight: 1, arbitrary: FastCheck.jsonValue({ maxDepth: 2 }) }
)

export const anyDefinitions = FastCheck.array(anyDefinition, { maxLength: 6 })
