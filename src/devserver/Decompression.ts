/**
 * From the bytes of a request's body to its JSON, within limits.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Zlib from "node:zlib"

/**
 * Why a body was refused: the status to answer and the words that go with it. `text` is the body if it could be read as
 * text at all.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  readonly _tag: "Refusal"
  readonly status: 400 | 413 | 415
  readonly problem: string
  readonly decodedBytes: number
  readonly text: string | undefined
}

/**
 * A body that was read.
 *
 * @since 0.1.0
 * @category models
 */
export interface DecodedBody {
  /** The JSON value. */
  readonly value: unknown
  /** Size after decompression, in bytes. */
  readonly decodedBytes: number
}

/**
 * How deep arrays and objects may lie in one another: the default limit of serde_json, a parser that servers in front
 * of PostHog use. What is deeper is refused.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxNesting = 127

type Inflate = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

const inflates: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ["gzip", Zlib.gunzipSync],
  ["deflate", Zlib.inflateSync],
  ["br", Zlib.brotliDecompressSync],
  // Absent before Node 22.15, whatever the types say.
  ...(Predicate.isFunction(Zlib.zstdDecompressSync) ? [["zstd", Zlib.zstdDecompressSync] as const] : [])
])

/**
 * The values of `Content-Encoding` that are understood on this version of Node, apart from `identity`.
 *
 * @since 0.1.0
 * @category constants
 */
export const supportedEncodings: ReadonlyArray<string> = Array.from(inflates.keys())

const refuse = (
  status: Refusal["status"],
  problem: string,
  decodedBytes = 0,
  text: string | undefined = undefined
): Either.Either<never, Refusal> => Either.left({ _tag: "Refusal", status, problem, decodedBytes, text })

/**
 * The refusal of a body that is larger than `maxBytes`, as sent or after decompression.
 *
 * @since 0.1.0
 * @category constructors
 */
export const tooLarge = (maxBytes: number): Refusal => ({
  _tag: "Refusal",
  status: 413,
  problem: `the body is larger than ${maxBytes} bytes`,
  decodedBytes: 0,
  text: undefined
})

/**
 * Undoes a `Content-Encoding`: `gzip`, `deflate` (the zlib format, RFC 9110), `br`, and `zstd` where Node has it. Stops
 * at `maxBytes` of output (413) without having produced more; an unknown encoding is a 415, bytes that do not match
 * theirs a 400.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decompress = (
  bytes: Uint8Array,
  encoding: string | undefined,
  maxBytes: number
): Either.Either<Uint8Array, Refusal> => {
  const name = encoding?.trim().toLowerCase()
  if (bytes.length > maxBytes) {
    return Either.left(tooLarge(maxBytes))
  }
  if (name === undefined || name === "" || name === "identity") {
    return Either.right(bytes)
  }
  const inflate = inflates.get(name)
  if (inflate === undefined) {
    return refuse(415, `content-encoding ${JSON.stringify(encoding)} is not one of ${supportedEncodings.join(", ")}`)
  }
  try {
    return Either.right(inflate(bytes, { maxOutputLength: maxBytes }))
  } catch (error) {
    if (Predicate.hasProperty(error, "code") && error.code === "ERR_BUFFER_TOO_LARGE") {
      return Either.left(tooLarge(maxBytes))
    }
    return refuse(400, `the body is not valid ${name}: ${Predicate.isError(error) ? error.message : String(error)}`)
  }
}

/** Whether arrays and objects lie deeper in one another than `limit`. Reads the bytes once, without recursion. */
const nestsDeeperThan = (bytes: Uint8Array, limit: number): boolean => {
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (inString) {
      if (byte === 0x5c) {
        i++
      } else if (byte === 0x22) {
        inString = false
      }
    } else if (byte === 0x22) {
      inString = true
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++
      if (depth > limit) {
        return true
      }
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    }
  }
  return false
}

/**
 * Decompresses and parses a body. Refuses what is too large, badly compressed, not UTF-8, nested deeper than
 * {@link maxNesting}, or no JSON.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeBody = (
  bytes: Uint8Array,
  encoding: string | undefined,
  maxBytes: number
): Either.Either<DecodedBody, Refusal> => {
  const inflated = decompress(bytes, encoding, maxBytes)
  if (Either.isLeft(inflated)) {
    return Either.left(inflated.left)
  }
  const decodedBytes = inflated.right.length
  let text: string
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(inflated.right)
  } catch {
    return refuse(400, "the body is not valid UTF-8", decodedBytes)
  }
  if (text === "") {
    return refuse(400, "the body is empty")
  }
  if (nestsDeeperThan(inflated.right, maxNesting)) {
    return refuse(400, `the body is nested deeper than ${maxNesting} levels`, decodedBytes, text)
  }
  try {
    const value: unknown = JSON.parse(text)
    return Either.right({ value, decodedBytes })
  } catch (error) {
    const reason = Predicate.isError(error) ? error.message.slice(0, 200) : String(error)
    return refuse(400, `the body is not valid JSON: ${reason}`, decodedBytes, text)
  }
}
