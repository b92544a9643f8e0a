/**
 * What capturing costs, ours and posthog-node's: on the caller's side, in all, and in scopes. Nothing here goes over a
 * network: whoever sends is answered at once.
 */
import { names } from "./captureWork.js"
import { compare, print, type Row } from "./harness.js"

const rows: Array<Row> = []
for (const name of Object.values(names)) {
  rows.push(await compare(name, { ours: "./captureOurs.js", peer: "./capturePeer.js" }))
}
print("capture", rows)
