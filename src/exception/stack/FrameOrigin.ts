/**
 * Whose code a frame is: how its file is shown, its module's name, and whether it is the application's own.
 *
 * @since 0.1.0
 */
import * as EffectLines from "./EffectLines.js"
import * as FolderPath from "./FolderPath.js"
import * as StackLine from "./StackLine.js"

export interface Origin {
  /** Relative to the working folder for what lies below it. */
  readonly filename: string
  /** A file's only. */
  readonly absPath: string | undefined
  /** `dir.dir:file` below the working folder, `package.dir:file` in `node_modules`, `node:fs`. */
  readonly module: string | undefined
  readonly inApp: boolean
}

/** `path` and `place` are those of a `RawFrame`; a source map may have told others. */
export type FrameOrigin = (path: string | undefined, place: string) => Origin

export interface Options {
  /** The working folder. */
  readonly cwd: string
  /** This library's own folder, as a path or a URL; `undefined` where it is not known. */
  readonly library?: string | undefined
  /** Asked for files that are not Node's own; what it says wins, unless it says neither yes nor no. */
  readonly isInApp?: ((path: string) => boolean) | undefined
}

export const make = (options: Options): FrameOrigin => {
  const cwd = FolderPath.folder(options.cwd)
  const folder = FolderPath.folder(options.library)
  // a folder that the application lies in is not the library's alone
  const library = folder === undefined || (cwd !== undefined && cwd.startsWith(folder)) ? undefined : folder

  const isInApp = (path: string, normalized: string): boolean => {
    try {
      const answer: unknown = options.isInApp?.(path)
      if (typeof answer === "boolean") {
        return answer
      }
    } catch {
      // the default decides
    }
    return !isInstalled(normalized) && !EffectLines.isEffectFile(normalized) &&
      !(library !== undefined && normalized.startsWith(library))
  }

  return (path, place) => {
    if (path === undefined || !StackLine.isAbsolute(path)) {
      const text = path ?? place
      const isNode = text.startsWith("node:")
      return {
        filename: text === "" ? "<anonymous>" : text,
        absPath: undefined,
        module: isNode ? text : undefined,
        inApp: !isNode && isRemoteCode(text)
      }
    }
    const normalized = FolderPath.normalize(path)
    const relative = cwd !== undefined && normalized.startsWith(cwd) ? normalized.slice(cwd.length) : undefined
    return {
      filename: relative ?? path,
      absPath: path,
      // a file may have no name but its extension
      module: moduleOf(normalized, relative) || undefined,
      inApp: isInApp(path, normalized)
    }
  }
}

const nodeModules = "/node_modules/"

const isInstalled = (path: string): boolean => path.includes(nodeModules)

const notApp = /^(?:wasm|blob|data|node):/

/** Code that came under a URL, as that of bundlers does; what is made from text and the engine's own has none. */
const isRemoteCode = (place: string): boolean => place.includes("://") && !notApp.test(place) && !isInstalled(place)

const extension = /\.[cm]?[jt]sx?$/

const moduleOf = (path: string, relative: string | undefined): string => {
  const installed = path.lastIndexOf(nodeModules)
  const whole = installed === -1 ? relative : path.slice(installed + nodeModules.length)
  if (whole === undefined) {
    return path.slice(path.lastIndexOf("/") + 1).replace(extension, "")
  }
  const end = whole.lastIndexOf("/")
  const file = whole.slice(end + 1).replace(extension, "")
  if (end === -1) {
    return file
  }
  const folders = whole.slice(0, end)
  // the slash in a scoped package's name belongs to the name
  const name = installed !== -1 && folders.startsWith("@") ? folders.indexOf("/") + 1 : 0
  return `${folders.slice(0, name)}${folders.slice(name).replaceAll("/", ".")}:${file}`
}
