/** Takes away whatever can be taken away without losing what is looked for. */
import { type Case, clone } from "./Case.js"

/** Every list and every object in it. */
const containers = (value: unknown, found: Array<any> = []): Array<any> => {
  if (typeof value === "object" && value !== null) {
    found.push(value)
    Object.values(value).forEach((child) => containers(child, found))
  }
  return found
}

const smaller = function*(one: Case): Generator<Case> {
  const parts = (copy: Case) => [
    ...containers(copy.definitions.flags),
    ...containers(copy.definitions.cohorts),
    ...[copy.who.personProperties, copy.who.groups, copy.who.groupProperties].flatMap((part) => containers(part))
  ]
  for (const [n, container] of parts(one).entries()) {
    for (const name of Object.keys(container)) {
      const copy = clone(one)
      const target = parts(copy)[n]
      if (Array.isArray(target)) {
        target.splice(Number(name), 1)
      } else if (name === "key") {
        continue
      } else {
        delete target[name]
      }
      yield copy
    }
  }
}

export const shrink = async (given: Case, stays: (one: Case) => Promise<boolean>): Promise<Case> => {
  for (const candidate of smaller(given)) {
    if (await stays(candidate)) {
      return shrink(candidate, stays)
    }
  }
  return given
}
