/**
 * The service that a scope belongs to (seed 001, `FlextContext.Service`).
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import * as Section from "../Section.js"
import { orNothing, shown } from "./SectionFields.js"

/**
 * Shows on events as `service_name`, `service_version` and `service_environment`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceFields {
  readonly name?: string | undefined
  readonly version?: string | undefined
  /** Where it runs: `production`, `staging`, … */
  readonly environment?: string | undefined
}

/**
 * An inner service without a version does not borrow the outer one's. The environment is that of the process: it is
 * taken over.
 *
 * @since 0.1.0
 * @category sections
 */
export const section: Section.Section<ServiceFields> = Section.make({
  name: "service",
  merge: (outer, inner) => ({
    ...(inner.name === undefined
      ? { name: outer.name, version: inner.version ?? outer.version }
      : { name: inner.name, version: inner.version }),
    environment: inner.environment ?? outer.environment
  }),
  properties: ({ environment, name, version }) =>
    shown({ service_name: name, service_version: version, service_environment: environment })
})

/** What of this can stand in a scope; `undefined` where nothing can. */
export const fromFields = ({ environment, name, version }: ServiceFields): ServiceFields | undefined =>
  orNothing({ name: toId(name), version: toId(version), environment: toId(environment) })
