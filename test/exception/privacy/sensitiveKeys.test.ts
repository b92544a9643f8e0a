import { assert, describe, it } from "@effect/vitest"
import * as Redaction from "effect-posthog/exception/privacy/Redaction"
import type { RedactionOptions } from "effect-posthog/exception/privacy/RedactionOptions"

const sensitive = (names: ReadonlyArray<string>, options?: RedactionOptions) =>
  names.filter(Redaction.make(options).isSensitive)

const secrets = [
  "password",
  "PASSWORD",
  "Passwd",
  "userPassword",
  "dbpassword2",
  "passphrase",
  "pwd",
  "DB_PASS",
  "secret",
  "clientSecret",
  "client-secret",
  "secrets",
  "token",
  "accessToken",
  "access_tokens",
  "sessiontoken",
  "apikey",
  "api_key",
  "X-Api-Key",
  "APIKeys",
  "private_key",
  "AccessKey",
  "authorization",
  "Proxy-Authorization",
  "auth",
  "basic_auth",
  "oauthToken",
  "cookie",
  "Set-Cookie",
  "credentials",
  "bearer",
  "jwt",
  "csrfToken",
  "X-XSRF-Token",
  "ssn",
  "creditCard",
  "card_number",
  "cvv",
  "pin",
  "user-pin"
]

const innocent = [
  "author",
  "authority",
  "authenticated",
  "OAuth",
  "secretary",
  "tokenizer",
  "tokens",
  "total_tokens",
  "max_tokens",
  "promptTokens",
  "tokens_used",
  "validTokens",
  "tokenCount",
  "token_type",
  "password_expires_at",
  "cookieName",
  "cookieless_mode",
  "monkey",
  "keyboard",
  "key",
  "pinned",
  "shopping",
  "compass",
  "session_id",
  "name",
  "",
  "__proto__",
  "constructor"
]

describe("SensitiveKeys", () => {
  it("knows the names of secrets in every spelling", () => {
    assert.deepStrictEqual(sensitive(secrets), secrets)
  })

  it("leaves names alone that only look like those, and what is counted in tokens", () => {
    assert.deepStrictEqual(sensitive(innocent), [])
  })

  it("properties that begin with $ are PostHog's own, unless the options name them so", () => {
    const own = ["$session_id", "$feature/auth", "$device_id", "$ip", "$password"]
    assert.deepStrictEqual(sensitive(own), [])
    assert.deepStrictEqual(sensitive(own, { keys: ["session", "ip"] }), [])
    assert.deepStrictEqual(sensitive(own, { keys: ["$ip"] }), ["$ip"])
    assert.deepStrictEqual(sensitive(own, { keys: [/^\$ip$/] }), ["$ip"])
  })

  it("a key of the options matches every name that contains it, whatever the case, `-`, `_` and spaces", () => {
    const names = ["customer-Email", "E_MAIL", "e mail", "emil"]
    assert.deepStrictEqual(sensitive(names, { keys: ["E-mail"] }), names.slice(0, 3))
    assert.deepStrictEqual(
      sensitive([...names, "password"], { keys: ["email"], withoutDefaults: true }),
      names.slice(0, 3)
    )
    assert.deepStrictEqual(sensitive(["name"], { keys: ["", "-_"] }), [])
  })

  it("a regular expression has no memory of what it was tested with before", () => {
    const regex = /^iban/g
    const sticky = /^bic/y
    regex.lastIndex = 3
    sticky.lastIndex = 3
    const { isSensitive } = Redaction.make({ keys: [regex, sticky] })
    // names of their own: an answer may be remembered
    assert.deepStrictEqual(["iban1", "iban2", "iban3", "bic1", "bic2", "xiban"].map(isSensitive), [
      true,
      true,
      true,
      true,
      true,
      false
    ])
    assert.deepStrictEqual([regex.lastIndex, sticky.lastIndex], [3, 3])
  })

  it("thousands of names, and a very long one, are told apart as the first one", () => {
    const { isSensitive } = Redaction.make(undefined)
    for (let i = 0; i < 3000; i++) {
      assert.strictEqual(isSensitive(`name${i}`), false)
      assert.strictEqual(isSensitive(`password${i}`), true)
    }
    assert.strictEqual(isSensitive("A".repeat(1 << 17)), false)
    assert.strictEqual(isSensitive(`${"aA_".repeat(1 << 15)}password`), true)
  })
})
