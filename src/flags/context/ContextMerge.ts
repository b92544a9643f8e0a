/**
 * How the sections of two evaluation contexts become one: the inner wins, field by field, and key by key in bags.
 *
 * @since 0.1.0
 */
import { bare } from "../../domain/PlainJson.js"
import {
  ApplicationContext,
  DeviceContext,
  EnvironmentContext,
  RequestContext,
  SessionContext,
  UserContext
} from "./ContextSections.js"
import * as Instance from "./Instance.js"

/** Both may be missing: then the other one is it. */
const either = <A>(merge: (outer: A, inner: A) => A) => (outer: A | undefined, inner: A | undefined): A | undefined =>
  outer === undefined ? inner : inner === undefined ? outer : merge(outer, inner)

type Mutable<A> = { -readonly [Key in keyof A]: A[Key] }

/** A new instance with the fields of `outer` under the set ones of `inner`; the caller finishes it. */
const fields = <A extends object>(self: { readonly prototype: A }, outer: A, inner: A): Mutable<A> => {
  const merged: Mutable<A> = Instance.of(self, outer)
  // the own keys of an instance are keys of its type
  for (const key of Object.keys(inner) as Array<keyof A>) {
    if (inner[key] !== undefined) {
      merged[key] = inner[key]
    }
  }
  return merged
}

export const isEmpty = (bag: object): boolean => {
  for (const key in bag) {
    if (Object.hasOwn(bag, key)) {
      return false
    }
  }
  return true
}

/** The union of two bags; where one is empty it is the other one itself. */
export const bag = <A>(
  outer: { readonly [key: string]: A },
  inner: { readonly [key: string]: A }
): { readonly [key: string]: A } =>
  outer === inner || isEmpty(inner) ? outer : isEmpty(outer) ? inner : Object.assign(bare<A>(), outer, inner)

/** Segments are a set: the outer ones, then what the inner adds. */
const groups = (outer: ReadonlyArray<string>, inner: ReadonlyArray<string>): ReadonlyArray<string> =>
  inner.length === 0 ? outer : outer.length === 0 ? inner : Array.from(new Set([...outer, ...inner]))

export const user = either<UserContext>((outer, inner) => {
  const merged = fields(UserContext, outer, inner)
  merged.groups = groups(outer.groups, inner.groups)
  merged.properties = bag(outer.properties, inner.properties)
  return merged
})

export const device = either<DeviceContext>((outer, inner) => {
  const merged = fields(DeviceContext, outer, inner)
  // the outer's word about mobility was about the outer's type
  if (inner.deviceType !== undefined && inner.isMobile === undefined) {
    delete merged.isMobile
  }
  return merged
})

export const request = either<RequestContext>((outer, inner) => {
  const merged = fields(RequestContext, outer, inner)
  merged.queryParams = bag(outer.queryParams, inner.queryParams)
  return merged
})

export const application = either<ApplicationContext>((outer, inner) => fields(ApplicationContext, outer, inner))

export const session = either<SessionContext>((outer, inner) => fields(SessionContext, outer, inner))

/** `development`, not production, is what stands where nobody said anything: it hides nothing. */
export const saysNothing = (self: EnvironmentContext): boolean => self.name === "development" && !self.isProduction

export const environment = (outer: EnvironmentContext, inner: EnvironmentContext): EnvironmentContext => {
  const merged = fields(EnvironmentContext, outer, inner)
  const named = saysNothing(inner) ? outer : inner
  merged.name = named.name
  merged.isProduction = named.isProduction
  return merged
}
