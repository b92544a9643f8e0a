/**
 * Bugs to plant into the scope, each as an exact piece of text in one file of the source and what stands there instead.
 * A piece of text that is not found exactly once is an error: a refactoring must not disable a mutant unseen.
 */
export interface Change {
  readonly file: string
  readonly text: string
  readonly replacement: string
}

export interface Mutant {
  readonly name: string
  readonly changes: ReadonlyArray<Change>
}

export const mutants: ReadonlyArray<Mutant> = [
  {
    name: "a plain FiberRef: a join replaces the whole value",
    changes: [{
      file: "CurrentScope.ts",
      text: "FiberRef.unsafeMakePatch(unset, {",
      replacement: "((initial: PosthogScope.PosthogScope, _: unknown) => FiberRef.unsafeMake(initial))(unset, {"
    }]
  },
  {
    name: "popping puts the old value back",
    changes: [
      {
        file: "CurrentScope.ts",
        text: "const entered = PosthogScope.push(scope, frame)",
        replacement: "old.set(frame.id, scope)\nconst entered = PosthogScope.push(scope, frame)"
      },
      {
        file: "CurrentScope.ts",
        text: "const scope = PosthogScope.pop(unsafeGet(fiber), id)",
        replacement: "const scope = old.get(id) ?? unsafeGet(fiber)"
      },
      {
        file: "CurrentScope.ts",
        text: "const set = (scope",
        replacement: "const old = new WeakMap<FrameId, PosthogScope.PosthogScope>()\nconst set = (scope"
      }
    ]
  },
  {
    name: "forking does not detach the child's copy",
    changes: [{
      file: "PosthogScope.ts",
      text: "const copy = stack(detach(self))",
      replacement: "const copy = stack(self)"
    }]
  },
  {
    name: "the outer frame wins over the inner one",
    changes: [{
      file: "Slots.ts",
      text: "  for (const [key, slot] of inner) {\n    result.set(key, slot)\n  }",
      replacement: "  for (const [key, slot] of inner) {\n    if (!result.has(key)) result.set(key, slot)\n  }"
    }]
  },
  {
    name: "what the parent wrote wins over what the joined child wrote",
    changes: [{
      file: "Branch.ts",
      text: "return before !== undefined && after !== undefined && before.index > after.index",
      replacement:
        "return standing !== undefined && (before === undefined || after === undefined || before.index > after.index)"
    }]
  },
  {
    name: "siblings merge in the order in which they finish",
    changes: [{
      file: "Branch.ts",
      text: "return before !== undefined && after !== undefined && before.index > after.index",
      replacement: "return false && before === after"
    }]
  },
  {
    name: "pushing a frame that is there already pushes it again",
    changes: [{
      file: "PosthogScope.ts",
      text: "(frame.attached && frame.id.closed) || find(self, frame.id) !== undefined",
      replacement: "(frame.attached && frame.id.closed)"
    }]
  },
  {
    name: "popping looks only at the top",
    changes: [{
      file: "PosthogScope.ts",
      text: "map(self, (frame) => frame.id === id ? undefined : frame)",
      replacement: "map(self, (frame) => frame.id === id && frame === top(self) ? undefined : frame)"
    }]
  },
  {
    name: "readers do not pass over closed frames",
    changes: [{
      file: "PosthogScope.ts",
      text: "frame.attached && frame.id.closed ? undefined : frame) : self",
      replacement: "frame) : self"
    }]
  },
  {
    name: "a fiber outside every scope takes over the scope of whom it joins",
    changes: [{
      file: "ScopePatch.ts",
      text: "return PosthogScope.settled(PosthogScope.attached(joined))",
      replacement: "return joined"
    }]
  },
  {
    name: "notes go to the innermost frame, not to the operation's",
    changes: [{
      file: "CurrentScope.ts",
      text: "edit(what, PosthogScope.operationFrame, f)",
      replacement: "edit(what, PosthogScope.top, f)"
    }]
  },
  {
    name: "an operation is told the notes of those around it as its own",
    changes: [{
      file: "OperationRun.ts",
      text: "(scope === undefined ? frame : PosthogScope.top(scope) ?? frame).slots.metadata",
      replacement: "PosthogScope.slots(scope ?? PosthogScope.empty).metadata"
    }]
  },
  {
    name: "what is set after clearing merges with what was cleared",
    changes: [{
      file: "Slots.ts",
      text: "standing !== undefined && (standing.value === undefined || standing.value.opaque)",
      replacement: "standing !== standing"
    }]
  },
  {
    name: "an inner service without a version borrows the outer one's",
    changes: [{
      file: "sections/ServiceSection.ts",
      text: ": { name: inner.name, version: inner.version }),",
      replacement: ": { name: inner.name, version: inner.version ?? outer.version }),"
    }]
  },
  {
    name: "a new correlation keeps the parent of the one before it",
    changes: [{
      file: "sections/CorrelationSection.ts",
      text: "parentId: inner.parentId ?? outer.parentId } : inner,",
      replacement:
        "parentId: inner.parentId ?? outer.parentId } : { ...inner, parentId: inner.parentId ?? outer.parentId },"
    }]
  }
]

/** How often a piece of text stands in another. */
export const occurrences = (source: string, text: string): number => source.split(text).length - 1

/** The source with the bug in it. */
export const plant = (source: string, { file, replacement, text }: Change): string => {
  if (occurrences(source, text) !== 1) {
    throw new Error(`${file} does not contain exactly once: ${text}`)
  }
  return source.replace(text, () => replacement)
}

/**
 * The bugs that are planted in this run: a few, other ones with every run, or all of them (`MUTANTS=all`, as in
 * `npm run test:deep`). Named by the environment, so that the run and those who read its result mean the same.
 */
export const chosen = (): ReadonlyArray<Mutant> => {
  const wanted = process.env["MUTANTS"]
  if (wanted === "all") {
    return mutants
  }
  const names = wanted?.split("|")
  return names === undefined ? rotated(few) : mutants.filter(({ name }) => names.includes(name))
}

const few = 4

const rotated = (count: number): ReadonlyArray<Mutant> => {
  const seed = process.env["SEED"]
  const first = Math.floor((seed === undefined ? Math.random() : (Number(seed) % 97) / 97) * mutants.length)
  return Array.from({ length: count }, (_, i) => mutants[(first + i) % mutants.length]!)
}
