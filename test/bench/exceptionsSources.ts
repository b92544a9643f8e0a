/**
 * The program whose exceptions are measured: modules of 200 to 400 lines that really run, so that the stacks are V8's own
 * and every frame of them stands where it says. The same seed writes the same program.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A call on the way down: which function, of which object if it is a method, and from which of its lines it goes on. */
export interface Step {
  readonly run: (order: unknown, route: Route) => unknown
  readonly on: unknown
  readonly site: number
}

/** The way that one run of the program takes, until it fails. */
export interface Route {
  at: number
  readonly steps: ReadonlyArray<Step>
  readonly Failure: new(message: string) => Error
}

/** What a module exports. */
export interface Module {
  readonly functions: ReadonlyArray<Pick<Step, "run" | "on">>
  /** It goes on, or fails, within seven lines of the end of its file. */
  readonly last: Pick<Step, "run" | "on">
}

/** Lines of a function that go on to the next. */
export const sites = 3

export const files = 40

/** As many as posthog-node's cache of 25 files holds with room to spare. */
export const fewFiles = 20

export const fileName = (n: number): string => `${nouns[n % nouns.length]}-${kinds[Math.floor(n / nouns.length)]}.mjs`

/** Numbers from 0 to 1, the same ones for a seed. */
export const random = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of them. */
export const pick = <A>(next: () => number, values: ReadonlyArray<A>): A => values[Math.floor(next() * values.length)]!

export const folderOf = (root: string): string => join(root, "src", "shop")

/** Writes the whole program below a folder. */
export const write = (root: string): void => {
  const next = random(4)
  mkdirSync(folderOf(root), { recursive: true })
  for (let n = 0; n < files; n++) {
    writeFileSync(join(folderOf(root), fileName(n)), moduleText(n, next))
  }
}

const nouns = [
  "order",
  "cart",
  "invoice",
  "payment",
  "shipment",
  "refund",
  "voucher",
  "customer",
  "address",
  "parcel",
  "catalogue",
  "price",
  "tax",
  "stock",
  "supplier",
  "delivery",
  "receipt",
  "account",
  "discount",
  "subscription"
]
const kinds = ["service", "store"]
const verbs = ["load", "check", "apply", "settle", "reserve", "confirm", "route", "merge", "price", "assign", "collect"]
const parts = ["Lines", "Totals", "Rules", "Limits", "Batch", "History", "Entry", "Balance", "Window", "Region"]

const title = (text: string): string => text[0]!.toUpperCase() + text.slice(1)

const fillers: ReadonlyArray<(noun: string) => ReadonlyArray<string>> = [
  (noun) => [
    `// a ${noun} without a currency was written before there were several`,
    `const currency = order.currency ?? defaults.currency`
  ],
  (noun) => [
    `const known = new Map(order.lines.map((line) => [line.sku, line]))`,
    `if (known.size !== order.lines.length) {`,
    `  notes.push(\`${noun} \${order.id} names the same article twice\`)`,
    `}`
  ],
  () => [
    `const total = order.lines.reduce((sum, line) => sum + line.price * line.quantity, 0)`,
    `const rounded = Math.round(total * 100) / 100`
  ],
  (noun) => [
    `const due = {`,
    `  id: \`${noun}-\${order.id}\`,`,
    `  amount: order.lines.length * defaults.fee,`,
    `  reference: order.reference ?? "none",`,
    `  tags: [...defaults.tags, "${noun}"]`,
    `}`,
    `notes.push(due.id)`
  ],
  () => [
    `const heavy = order.lines.filter((line) => line.weight > defaults.maxWeight)`,
    `for (const line of heavy) {`,
    `  notes.push(\`\${line.sku} goes by freight, it weighs \${line.weight} kg\`)`,
    `}`
  ],
  (noun) => [
    `/* The ${noun} keeps the address it was made with: a customer who moves`,
    `   meanwhile wants what was agreed on, not what would be agreed on now. */`,
    `const address = { ...defaults.address, ...order.address }`
  ],
  () => [
    `const today = order.placedAt - (order.placedAt % 86_400_000)`,
    `const late = today + defaults.days * 86_400_000 < order.promisedAt`
  ]
]

/** The body of a function down to the lines that fail or go on. */
const bodyOf = (noun: string, next: () => number): ReadonlyArray<string> => {
  const own = new Set<(noun: string) => ReadonlyArray<string>>()
  while (own.size < 3) {
    own.add(pick(next, fillers))
  }
  return [
    ...Array.from(own).flatMap((filler) => [...filler(noun), ""]),
    `if (route.at === route.steps.length) {`,
    `  throw new route.Failure(\`${noun} \${order.id} could not be completed: \${notes.length} notes\`)`,
    `}`,
    `const step = route.steps[route.at++]`
  ]
}

const goingOn = (noun: string): ReadonlyArray<string> => [
  `if (step.site === 0) {`,
  `  return { ${noun}: order.id, result: step.run.call(step.on, order, route) }`,
  `}`,
  `if (step.site === 1) {`,
  `  // the others wait for this one`,
  `  const result = step.run.call(step.on, order, route)`,
  `  notes.push(\`done with \${order.id}\`)`,
  `  return result`,
  `}`,
  `return [order.id, order.lines.map((line) => line.sku), step.run.call(step.on, order, route)]`
]

const indented = (lines: ReadonlyArray<string>, by: string): ReadonlyArray<string> =>
  lines.map((line) => line === "" ? "" : by + line)

const moduleText = (n: number, next: () => number): string => {
  const noun = nouns[n % nouns.length]!
  const kind = kinds[Math.floor(n / nouns.length)]!
  const count = 8 + Math.floor(next() * 4)
  const names = Array.from(
    { length: count },
    (_, i) => `${verbs[(n + i) % verbs.length]}${title(noun)}${parts[(n * 3 + i) % parts.length]}`
  )
  const last = `finish${title(noun)}`
  const isClass = n % 3 === 0
  const service = `${title(noun)}${title(kind)}`
  const functions = names.flatMap((name) => [
    ...(isClass ? [`  ${name}(order, route) {`] : [`function ${name}(order, route) {`]),
    ...indented([...bodyOf(noun, next), ...goingOn(noun)], isClass ? "    " : "  "),
    isClass ? "  }" : "}",
    ""
  ])
  return [
    `/* The ${kind} of ${noun}s. */`,
    ``,
    `const defaults = {`,
    `  currency: "EUR",`,
    `  fee: 2.5,`,
    `  maxWeight: 30,`,
    `  days: ${1 + (n % 9)},`,
    `  tags: ["shop", "${kind}"],`,
    `  address: { country: "DE", city: "Leipzig" }`,
    `}`,
    ``,
    ...(isClass ? [`class ${service} {`, ...functions.slice(0, -1), `}`, ``] : functions),
    ...(isClass ? [`const service = new ${service}()`, ``] : []),
    `export const functions = [`,
    ...names.map((name) => isClass ? `  { run: service.${name}, on: service },` : `  { run: ${name}, on: undefined },`),
    `]`,
    ``,
    `export const last = { run: ${last}, on: undefined }`,
    ``,
    `const notes = { push: (note) => note.length, length: ${n} }`,
    ``,
    `function ${last}(order, route) {`,
    ...indented(bodyOf(noun, next), "  "),
    `  return step.run.call(step.on, order, route)`,
    `}`,
    ``
  ].join("\n")
}
