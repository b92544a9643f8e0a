import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../../", import.meta.url))

/** Runs a program in a folder and returns what it printed; a failure carries both of its outputs. */
export const run = (cwd: string, program: string, ...args: ReadonlyArray<string>): Promise<string> =>
  new Promise((resolve, reject) => {
    const { npm_config_local_prefix: _, ...env } = process.env // or npm, run by `npm run`, works on the project's folder
    execFile(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout)
      } else {
        reject(new Error(`${program} ${args.join(" ")}: ${error.code ?? error.signal}\n${stdout}${stderr}`))
      }
    })
  })

export const npmInstall = (cwd: string, ...packages: ReadonlyArray<string>): Promise<string> =>
  run(cwd, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", ...packages)
