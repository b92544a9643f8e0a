/**
 * Media in what goes to a model and comes from it, and what stands for it in an event (CAPAI-13).
 *
 * @since 0.1.0
 */
import * as BoundedText from "../domain/BoundedText.js"

/** `[image/png, 12345 bytes]`. */
export const placeholder = (mediaType: string, bytes: number): string =>
  `[${BoundedText.head(mediaType, 100)}, ${bytes} bytes]`

const unknownType = "application/octet-stream"

/** The bytes of a view or a buffer; `undefined` for anything else. */
export const toBytes = (value: unknown): Uint8Array | undefined =>
  ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : undefined

export const ofBytes = (bytes: Uint8Array, mediaType: string = unknownType): string =>
  placeholder(mediaType, bytes.byteLength)

/** What stands for the data of a file: an address stays, everything else is media. */
export const ofText = (data: string, mediaType: string = unknownType): string =>
  isAddress(data) ? data : isDataUrl(data) ? withoutMedia(data) : placeholder(mediaType, bytesOfBase64(data))

const isDataUrl = (text: string): boolean => /^\s*data:/i.test(text)
const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]{1,30}:/i.test(text) && !isDataUrl(text)

const bytesOfBase64 = (text: string): number => Math.floor(text.replace(/\s|=+\s*$/g, "").length * 3 / 4)

// every repetition is bounded or begins at a border: the time is proportional to the text
const dataUrl =
  /data:([\w.+-]{0,127}(?:\/[\w.+*-]{1,127})?)((?:;[\w.+=-]{1,127}){0,8}),([^\s"'<>]*(?:\r?\n[A-Za-z0-9+/=_-]{16,})*)/gi
const longRun = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{1024,}={0,2}/g
const wrappedRun = /(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{60,80}\r?\n){8,}[A-Za-z0-9+/_-]{0,80}={0,2}/g

/** A text with a placeholder for each `data:` URL, and for what is long enough to be nothing but base64. */
export const withoutMedia = (text: string): string =>
  text
    .replace(dataUrl, (whole: string, mediaType: string, parameters: string, data: string) => {
      const isBase64 = /;base64$/i.test(parameters)
      return isBase64 || mediaType.includes("/")
        ? placeholder(
          mediaType === "" ? unknownType : mediaType,
          isBase64 ? bytesOfBase64(data) : data.replace(/%[0-9a-f]{2}/gi, "-").length
        )
        : whole
    })
    .replace(wrappedRun, (run) => placeholder(unknownType, bytesOfBase64(run)))
    .replace(longRun, (run) => placeholder(unknownType, bytesOfBase64(run)))

const typeKeys = ["mediaType", "media_type", "mimeType", "mime_type", "contentType", "content_type"]
const dataKeys = new Set(["data", "blob", "base64", "b64_json", "bytes", "file_data", "image", "audio", "video"])

/** The media type that an object of some protocol gives for its data: MCP's, OpenAI's, Anthropic's. */
export const typeIn = (read: (key: string) => unknown): string | undefined => {
  for (const key of typeKeys) {
    const value = read(key)
    if (typeof value === "string" && value.includes("/")) {
      return value
    }
  }
  return undefined
}

/** The same as `withoutMedia` for a property of an object: its name and its neighbours tell more. */
export const withoutMediaAt = (key: string, text: string, mediaType: string | undefined): string => {
  const shortest = mediaType === undefined ? 64 : 1
  return dataKeys.has(key) && text.length >= shortest && /^[A-Za-z0-9+/_=\r\n-]+$/.test(text)
    ? placeholder(mediaType ?? unknownType, bytesOfBase64(text))
    : withoutMedia(text)
}
