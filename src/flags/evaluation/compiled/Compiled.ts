/**
 * A set of definitions, compiled: every flag and cohort once, with the references between them.
 *
 * @since 0.1.0
 */
import type { FlagDefinition } from "../FlagDefinition.js"
import type { FlagDefinitions } from "../FlagDefinitions.js"
import { compile as compileCohort } from "./CompileCohort.js"
import { CompiledCohort } from "./CompiledCohort.js"
import { CompiledFlag } from "./CompiledFlag.js"
import type { Library } from "./CompileFilter.js"
import { compile as compileFlag, disabled } from "./CompileFlag.js"
import { link } from "./Linker.js"
import { SharedParts } from "./SharedParts.js"

export interface Compiled {
  /** Those that are evaluated here, in the order of the definitions. */
  readonly flags: ReadonlyMap<string, CompiledFlag>
  /** The steps of every flag and every cohort, each counted once. */
  readonly size: number
}

/**
 * A flag that belongs to other evaluation contexts is none here; one that depends on it sees it switched off, as the
 * service and posthog-node do it.
 */
export const compile = (
  definitions: FlagDefinitions,
  settings: Library["settings"],
  contexts: ReadonlySet<string>
): Compiled => {
  const flags = new Map<string, CompiledFlag>()
  const elsewhere = new Map<string, CompiledFlag>()
  for (const definition of definitions.flags) {
    const target = isEvaluatedHere(definition, contexts) ? flags : elsewhere
    target.set(definition.key, new CompiledFlag(definition))
  }
  const cohorts = new Map(Array.from(definitions.cohorts.keys(), (id) => [id, new CompiledCohort(id)]))
  const library: Library = { flags: new Map([...elsewhere, ...flags]), cohorts, settings, shared: new SharedParts() }
  for (const [key, flag] of library.flags) {
    flag.complete(flags.has(key) ? compileFlag(flag, library, definitions.groupTypes) : disabled(flag.definition))
  }
  for (const [id, cohort] of cohorts) {
    cohort.complete(compileCohort(cohort, definitions.cohorts.get(id), library))
  }
  link([...library.flags.values(), ...cohorts.values()])
  const size = [...library.flags.values(), ...cohorts.values()].reduce((total, each) => total + each.size, 0)
  return { flags, size }
}

const isEvaluatedHere = (flag: FlagDefinition, contexts: ReadonlySet<string>): boolean =>
  contexts.size === 0 || flag.contexts.length === 0 || flag.contexts.some((context) => contexts.has(context))
