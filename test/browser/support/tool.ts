/** The real `effect-posthog dev`, bundled as it is in the package, in a process of its own. */
import { execFileSync, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const folder = `${root}test/browser/.out`

export const bundle = (): void => {
  execFileSync(process.execPath, ["build/bundle.js", "tool", folder], { cwd: root, stdio: "inherit" })
}

export interface Tool {
  readonly url: string
  readonly port: number
  readonly stop: () => Promise<void>
}

export const start = async (args: ReadonlyArray<string>, port = 0): Promise<Tool> => {
  const child = spawn(process.execPath, [`${folder}/cli/main.js`, "dev", "--port", String(port), ...args], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      said += chunk.toString("utf8")
      const found = /(http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1]
      if (found !== undefined) {
        resolve(found)
      }
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    void ended.then(() => reject(new Error(`effect-posthog dev ended: ${said}`)))
  })
  return {
    url,
    port: Number(new URL(url).port),
    stop: () => {
      child.kill("SIGTERM")
      return ended
    }
  }
}
