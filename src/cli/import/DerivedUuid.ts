/**
 * The uuid of an event that has none: the same whenever the same line of the same file is read again.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"

const namespace = Buffer.from("505d680957134f658b6945702b2d4c38", "hex")

/** A UUIDv5 of the line's number and its bytes: two equal lines are two events. */
export const derive = (line: number, bytes: Uint8Array): string => {
  const hash = createHash("sha1").update(namespace).update(`${line}:`).update(bytes).digest()
  hash[6] = (hash.readUInt8(6) & 0x0f) | 0x50
  hash[8] = (hash.readUInt8(8) & 0x3f) | 0x80
  const hex = hash.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
