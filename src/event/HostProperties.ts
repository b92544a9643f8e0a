/**
 * What is known of the machine, for clients that ask for it (CAP-07).
 *
 * @since 0.1.0
 */
import * as os from "node:os"
import type { JsonObject } from "../domain/JsonValue.js"

const names: { readonly [platform: string]: string } = { darwin: "Mac OS X", linux: "Linux", win32: "Windows" }

export const read = (): JsonObject => ({
  $os: names[os.platform()] ?? os.platform(),
  $os_version: os.release(),
  $arch: os.arch()
})
