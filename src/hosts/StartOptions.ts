/**
 * Options of a client that has to be ready at once.
 *
 * @since 0.1.0
 */
import { readFileSync } from "node:fs"
import type * as PosthogConfig from "../PosthogConfig.js"

/**
 * With a secret key a definitions file is only what to start with, and reading it is all that making a client would wait
 * for: it is read here instead. What cannot be read is told by the client as definitions that are malformed.
 */
export const ready = (options: PosthogConfig.Options): PosthogConfig.Options => {
  const { featureFlags, secretKey } = options
  const { definitionsFile, ...rest } = featureFlags ?? {}
  return definitionsFile === undefined || secretKey === undefined || rest.offline === true
    ? options
    : { ...options, featureFlags: { ...rest, initialDefinitions: read(definitionsFile) ?? rest.initialDefinitions } }
}

const unusable = "no definitions"

const read = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return unusable
  }
}
