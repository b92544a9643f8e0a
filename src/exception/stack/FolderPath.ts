/**
 * Folders, and which files lie below them.
 *
 * @since 0.1.0
 */
import * as StackLine from "./StackLine.js"

/** The path with forward slashes, so that paths of Windows compare too; its drives have no case. */
export const normalize = (path: string): string => {
  const first = path.charCodeAt(0)
  if (first === slash || !StackLine.isAbsolute(path)) {
    return path
  }
  const text = path.replaceAll("\\", "/")
  return first === backslash ? text : text[0]!.toUpperCase() + text.slice(1)
}

/** A folder's path or the URL of one, normalized, with a slash at its end; `undefined` where it is neither. */
export const folder = (pathOrUrl: string | undefined): string | undefined => {
  const path = pathOrUrl === undefined ? undefined : StackLine.pathOf(pathOrUrl)
  if (path === undefined || !StackLine.isAbsolute(path)) {
    return undefined
  }
  const text = normalize(path)
  return text.endsWith("/") ? text : `${text}/`
}

const slash = 47
const backslash = 92
