/**
 * By whom a condition, or a holdout, puts people into buckets.
 *
 * @since 0.1.0
 */
import { Inconclusive } from "../Inconclusive.js"
import { ownField } from "../OwnField.js"
import type { Pass } from "./Pass.js"

export interface Bucketing {
  readonly by: "distinctId" | "deviceId" | "groupKey"
  /** The group type whose properties filters read; `undefined`: the person's. */
  readonly groupType: string | undefined
  /** Nothing can be told without it, not even where no hash is needed (FLAGS-LOCAL-03, -25). */
  readonly required: boolean
  /** What is said where `identify` finds nobody. */
  readonly missing: Inconclusive
  readonly identify: (pass: Pass) => string | undefined
}

const text = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

/** By the distinct id (FLAGS-LOCAL-06). */
export const person: Bucketing = {
  by: "distinctId",
  groupType: undefined,
  required: false,
  missing: new Inconclusive("missingDistinctId", ""),
  identify: ({ subject }) => text(subject.distinctId)
}

/** By the device, never by the distinct id instead (FLAGS-LOCAL-25, -26). */
export const device: Bucketing = {
  by: "deviceId",
  groupType: undefined,
  required: true,
  missing: new Inconclusive("missingDeviceId", ""),
  identify: ({ subject }) => text(subject.deviceId) ?? text(ownField(subject.personProperties, "$device_id"))
}

/** By a group's key, never by a device (FLAGS-LOCAL-24). */
export const group = (type: string): Bucketing => ({
  by: "groupKey",
  groupType: type,
  required: true,
  missing: new Inconclusive("missingGroup", type),
  identify: ({ subject }) => text(ownField(subject.groups, type))
})

/** By a group type that the definitions do not name (FLAGS-LOCAL-27). */
export const unknownGroup = (index: number): Bucketing => ({
  by: "groupKey",
  groupType: undefined,
  required: true,
  missing: new Inconclusive("unknownGroupType", String(index)),
  identify: () => undefined
})
