/**
 * Who sends: the resource and the instrumentation scope that stand above the records of a request (TRACE-19, LOG-08).
 *
 * @since 0.1.0
 */
import { guarded } from "../domain/GuardedRead.js"
import { toId } from "../domain/Id.js"
import * as HostProperties from "../event/HostProperties.js"
import * as Library from "../event/Library.js"
import * as OtlpValue from "./OtlpValue.js"

/**
 * What the records of an application have in common.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResourceOptions {
  /** `service.name`. Default: `unknown_service`. */
  readonly serviceName?: string | undefined
  /** `service.version`. Default: none. */
  readonly serviceVersion?: string | undefined
  /** `deployment.environment`. Default: none. */
  readonly environment?: string | undefined
  /** Further attributes. They cannot replace `service.*` nor `telemetry.sdk.*`. Default: none. */
  readonly resourceAttributes?: Readonly<Record<string, unknown>> | undefined
}

export interface Resource {
  readonly attributes: ReadonlyArray<OtlpValue.KeyValue>
}

/** `InstrumentationScope`: this library. */
export const scope: { readonly name: string; readonly version: string } = {
  name: Library.name,
  version: Library.version
}

const isReserved = (key: string): boolean => key.startsWith("service.") || key.startsWith("telemetry.sdk.")

/** The attributes, each key once; what the options say of the environment and the system stands before the defaults. */
export const make = (options: ResourceOptions): Resource => {
  const { $os: name, $os_version: version } = HostProperties.read()
  const attributes = new Map<string, OtlpValue.AnyValue>()
  const put = (key: string, value: unknown) => {
    const encoded = OtlpValue.toAnyValue(value)
    if (encoded !== undefined) {
      attributes.set(key, encoded)
    }
  }
  put("os.name", name)
  put("os.version", version)
  for (const { key, value } of OtlpValue.toAttributes(guarded(() => Object(options.resourceAttributes)) ?? {})) {
    if (!isReserved(key)) {
      attributes.set(key, value)
    }
  }
  put("service.name", toId(options.serviceName) ?? "unknown_service")
  put("service.version", toId(options.serviceVersion))
  put("deployment.environment", toId(options.environment))
  put("telemetry.sdk.name", Library.name)
  put("telemetry.sdk.version", Library.version)
  return { attributes: Array.from(attributes, ([key, value]) => ({ key, value })) }
}
