import type { NextConfig } from "next"
import { fileURLToPath } from "node:url"

const config: NextConfig = {
  // loaded by Node, once for all routes, rather than bundled with each of them
  serverExternalPackages: ["effect-posthog"],
  // this folder, although there is a lock file further up
  turbopack: { root: fileURLToPath(new URL(".", import.meta.url)) }
}

export default config
