/**
 * Who may see the page: nobody from elsewhere, and with a token only who has it.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"

type Headers = Readonly<Record<string, string | undefined>>

/**
 * @since 0.1.0
 * @category models
 */
export interface Guard {
  /** Was the request meant for this machine? A name that somebody made lead here (DNS rebinding) was not. */
  readonly allowsHost: (headers: Headers) => boolean
  /** Does it come from the page itself, where it changes something? */
  readonly allowsOrigin: (method: string, headers: Headers) => boolean
  /** Has it the token, as a bearer or in the cookie? */
  readonly knows: (headers: Headers) => boolean
  readonly isToken: (text: string) => boolean
  /** What remembers the token in a browser. */
  readonly cookie: string | undefined
}

const cookieName = "effect_posthog_dev"

const hostnameOf = (host: string): string =>
  host.startsWith("[") ? host.slice(1, Math.max(1, host.indexOf("]"))) : host.split(":")[0] ?? ""

/** An address, or the name of one, that only this machine can reach. */
export const isLoopback = (hostname: string): boolean => {
  const name = hostname.toLowerCase()
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name)
}

const cookieIn = (headers: Headers): string | undefined =>
  (headers["cookie"] ?? "").split(";").map((each) => each.trim()).find((each) => each.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1)

const digest = (text: string): Buffer => Crypto.createHash("sha256").update(text).digest()

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD"])

/** `onLoopback`: the server can only be reached from this machine. */
export const make = (
  options: { readonly onLoopback: boolean; readonly token: Redacted.Redacted | undefined }
): Guard => {
  const secret = options.token === undefined ? undefined : Redacted.value(options.token)
  const expected = secret === undefined ? undefined : digest(secret)
  // the cookie is not the token itself: who finds one in a browser's files has this page and nothing else
  const remembered = secret === undefined ? "" : digest(`cookie:${secret}`).toString("hex")
  const equal = (a: Buffer, b: Buffer): boolean => Crypto.timingSafeEqual(a, b)
  const isToken = (text: string): boolean => expected !== undefined && equal(digest(text), expected)
  return {
    allowsHost: ({ host }) => !options.onLoopback || isLoopback(hostnameOf(host ?? "")),
    allowsOrigin: (method, { host, origin }) =>
      safeMethods.has(method) || origin === undefined || origin === `http://${host}` || origin === `https://${host}`,
    knows: (headers) => {
      if (expected === undefined) {
        return true
      }
      const bearer = /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1]
      return bearer === undefined
        ? equal(digest(cookieIn(headers) ?? ""), digest(remembered))
        : isToken(bearer)
    },
    isToken,
    cookie: secret === undefined ? undefined : `${cookieName}=${remembered}; Path=/; HttpOnly; SameSite=Strict`
  }
}
