/**
 * The comment at the end of a generated file that says where its source map is.
 *
 * @since 0.1.0
 */
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"

export type MapPlace =
  | { readonly _tag: "Inline"; readonly json: string }
  | { readonly _tag: "File"; readonly path: string }

/** Never throws. What is on a network is not asked for. */
export const find = (text: string, path: string): MapPlace | undefined => {
  const url = urlOf(text)
  if (url === undefined || url === "") {
    return undefined
  }
  try {
    return url.startsWith("data:") ? inline(url) : inFile(url, path)
  } catch {
    // an escape that is none
    return undefined
  }
}

const marker = "sourceMappingURL="

/** What may follow: blanks and comments, such as a bundler's debug id. */
const maxTail = 4096

const urlOf = (text: string): string | undefined => {
  const at = text.lastIndexOf(marker)
  const opening = /(\/\/|\/\*)[#@][ \t]{1,4}$/.exec(text.slice(Math.max(0, at - 8), Math.max(0, at)))
  if (opening === null) {
    return undefined
  }
  const lineEnd = text.slice(at).search(/[\n\r\u2028\u2029]/)
  const end = lineEnd === -1 ? text.length : at + lineEnd
  if (text.length - end > maxTail || !isQuiet(text.slice(end))) {
    return undefined
  }
  const rest = text.slice(at + marker.length, end).trim()
  if (opening[1] === "//") {
    return rest
  }
  return rest.endsWith("*/") ? rest.slice(0, -2).trim() : undefined
}

const isQuiet = (tail: string): boolean =>
  tail.split(/[\n\r\u2028\u2029]/).every((line) => {
    const text = line.trim()
    return text === "" || text.startsWith("//") || (text.startsWith("/*") && text.indexOf("*/") === text.length - 2)
  })

const inline = (url: string): MapPlace | undefined => {
  const comma = url.indexOf(",")
  if (comma === -1 || comma > 256) {
    return undefined
  }
  const [type = "", ...parameters] = url.slice("data:".length, comma).toLowerCase().split(";").map((part) =>
    part.trim()
  )
  if (type !== "application/json" && type !== "text/json") {
    return undefined
  }
  const data = url.slice(comma + 1)
  return {
    _tag: "Inline",
    json: parameters.includes("base64") ? Buffer.from(data, "base64").toString("utf8") : decodeURIComponent(data)
  }
}

const maxUrl = 4096

const inFile = (url: string, path: string): MapPlace | undefined => {
  // a comment within a text, and what no file is called
  if (url.length > maxUrl || /[\s"'`]/.test(url)) {
    return undefined
  }
  if (/^file:\/\//i.test(url)) {
    return { _tag: "File", path: fileURLToPath(url) }
  }
  return /^[a-z][a-z0-9+.-]*:/i.test(url) || /^[\\/]{2}/.test(url)
    ? undefined
    : { _tag: "File", path: resolve(dirname(path), decodeURIComponent(url.replace(/[?#].*$/, ""))) }
}
