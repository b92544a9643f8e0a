/**
 * Bodies as posthog-js writes them: compressed without saying so in a header, or as a form with base64 inside.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { decodeBody, type DecodedBody, decompress, type Refusal } from "./Decompression.js"

/** Every gzip file begins with these. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * Decodes a body of a browser, `?compression=gzip-js` and `base64`, forms with `data=`, or any other body.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
  maxBytes: number
): Either.Either<DecodedBody, Refusal> => {
  const encoding = headers["content-encoding"] ?? (isGzip(bytes) ? "gzip" : undefined)
  const isForm = (headers["content-type"] ?? "").includes("x-www-form-urlencoded")
  if (!isForm && query["compression"] !== "base64") {
    return decodeBody(bytes, encoding, maxBytes)
  }
  const inflated = decompress(bytes, encoding, maxBytes)
  if (Either.isLeft(inflated)) {
    return Either.left(inflated.left)
  }
  const text = new TextDecoder().decode(inflated.right)
  const form = new URLSearchParams(text)
  const data = form.get("data") ?? text
  const isBase64 = (form.get("compression") ?? query["compression"]) === "base64" || !/^\s*[[{]/.test(data)
  // a form may turn the plus signs of base64 into blanks
  const content = isBase64 ? Buffer.from(data.replaceAll(" ", "+"), "base64") : new TextEncoder().encode(data)
  return decodeBody(content, isGzip(content) ? "gzip" : undefined, maxBytes)
}
