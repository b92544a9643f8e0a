/**
 * Which names stand for something that must not be shown.
 *
 * A name is taken apart at its humps and at everything that is no letter and no digit: `dbAccess_token` is `db`, `access`
 * and `token`. Long names of secrets count wherever they stand (`userpassword1`), short ones only as a part, or as the
 * end of one (`auth`, `pin`; `token`, `mytoken`), so that `author`, `pinned`, `secretary` and `tokenizer` do not count, nor
 * does the plural `tokens`, which language models are counted in. A name whose last part says that it is not the value
 * itself (`tokenCount`, `password_expires_at`, `cookieName`) is no secret either.
 *
 * @since 0.1.0
 */

export interface SensitiveKeys {
  /** For keys of properties: one that begins with `$` is PostHog's own, unless the options name it so. */
  readonly isSensitiveKey: (key: string) => boolean
  /** For names in a text, where `$` is only a way to write a variable. */
  readonly isSensitiveName: (name: string) => boolean
}

export interface Settings {
  readonly keys?: ReadonlyArray<string | RegExp> | undefined
  readonly withoutDefaults?: boolean | undefined
}

const anywhere =
  /passw(?:or)?d|passphrase|passcode|(?:api|secret|access|private|signing|encryption|account)key|(?:access|api|auth|bearer|refresh|session)token|credential|authorization|creditcard|cardnumber|csrf|xsrf|jwt/

const asPart =
  /(?:^|_)(?:[a-z0-9]*(?:token|secret|pwd|cookie)|secrets|cookies|pass|auth|bearer|creds?|pin|pincode|otp|ssn|cvv|cvc)\d*(?:_|$)/

const aboutOne =
  /_(?:at|in|budget|consent|counts?|domain|enabled|expir(?:ation|ed|es|y)|length|limits?|method|names?|policy|provider|required|size|status|timeout|ttl|types?|usage|used|valid)$/

const humps = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g

const isSensitiveByDefault = (name: string): boolean => {
  const parts = name.replace(humps, "_").toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replaceAll("o_auth", "oauth")
  return (asPart.test(parts) || anywhere.test(parts.replaceAll("_", ""))) && !aboutOne.test(parts)
}

const withoutSeparators = (name: string): string => name.toLowerCase().replaceAll(/[-_\s]+/g, "")

const maxRemembered = 1024
const maxRememberedLength = 64

export const make = ({ keys = [], withoutDefaults = false }: Settings): SensitiveKeys => {
  const texts = keys.filter((key) => typeof key === "string").map(withoutSeparators).filter((key) => key !== "")
  // a copy without `g` and `y` remembers no position
  const regexes = keys.filter((key) => typeof key !== "string").map((key) =>
    new RegExp(key.source, key.flags.replaceAll(/[gy]/g, ""))
  )
  const ofPosthog = texts.filter((key) => key.startsWith("$"))
  const containsOne = (texts: ReadonlyArray<string>, name: string): boolean => {
    const bare = texts.length === 0 ? "" : withoutSeparators(name)
    return texts.some((text) => bare.includes(text))
  }
  const isSensitiveName = (name: string) =>
    (!withoutDefaults && isSensitiveByDefault(name)) || containsOne(texts, name) ||
    regexes.some((regex) => regex.test(name))
  const isSensitiveKey = (key: string) =>
    key.startsWith("$") ? containsOne(ofPosthog, key) || regexes.some((regex) => regex.test(key)) : isSensitiveName(key)
  return { isSensitiveKey: remembering(isSensitiveKey), isSensitiveName: remembering(isSensitiveName) }
}

/** The names of a program are few and come again. */
const remembering = (predicate: (name: string) => boolean): (name: string) => boolean => {
  const known = new Map<string, boolean>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) {
      return before
    }
    const result = predicate(name)
    if (name.length <= maxRememberedLength) {
      if (known.size >= maxRemembered) {
        known.clear()
      }
      // a part of a text keeps the whole text in memory: this is a text of its own
      known.set(` ${name}`.slice(1), result)
    }
    return result
  }
}
