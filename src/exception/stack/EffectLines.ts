/**
 * Effect's own lines in a stack.
 *
 * @since 0.1.0
 */

// installed, or linked from its own repository
const files = /[\\/](?:node_modules[\\/]effect|effect[\\/]dist[\\/](?:esm|cjs)|packages[\\/]effect[\\/]src)[\\/]/
const runLoop = /[\\/]internal[\\/]fiberRuntime\.[cm]?[jt]s/

/** Does a path, or a line of a stack, name a file of Effect's? */
export const isEffectFile = (text: string): boolean => text.includes("effect") && files.test(text)

/** The lines without Effect's constructors at the top: the error was made where its class was called. */
export const withoutConstructors = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  let start = 0
  while (start < lines.length && isConstructor(lines[start]!)) {
    start++
  }
  // an error that Effect itself makes may have nothing but such lines
  return start === 0 || start === lines.length ? lines : lines.slice(start)
}

const isConstructor = (line: string): boolean =>
  line.startsWith("at new ") &&
  (line.startsWith("BaseEffectError", 7) || line.startsWith("YieldableError", 7) || isEffectFile(line))

/** Where the runtime's loop begins, which runs the program's steps; the number of lines where there is none. */
export const runtimeStart = (lines: ReadonlyArray<string>): number => {
  let start = firstOfLoop(lines)
  if (start === lines.length) {
    return start
  }
  // how the loop comes to the program's code: a generator's step, or an operator of Effect's
  while (start > 0 && (isGenerator(lines[start - 1]!) || isEffectFile(lines[start - 1]!))) {
    start--
  }
  return start
}

const firstOfLoop = (lines: ReadonlyArray<string>): number => {
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    // a bundle keeps this name alone, and the line above it is what it calls: a step of the loop
    if (line.startsWith("at effect_internal_function ")) {
      return Math.max(0, i - 1)
    }
    if (line.includes("fiberRuntime") && runLoop.test(line)) {
      return i
    }
  }
  return lines.length
}

const isGenerator = (line: string): boolean => line.startsWith("at Generator.next ")
