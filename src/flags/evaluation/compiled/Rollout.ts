/**
 * A percentage of people.
 *
 * @since 0.1.0
 */

export interface Rollout {
  /** As the definition has it; `undefined`: everybody. */
  readonly percentage: number | undefined
  /** Who falls above it is excluded; a float, never rounded (FLAGS-LOCAL-09, -13). */
  readonly threshold: number
  /** At 100 and above everybody is in, and no hash is needed. */
  readonly decides: boolean
}

export const make = (percentage: number | null | undefined): Rollout => ({
  percentage: percentage ?? undefined,
  threshold: (percentage ?? 100) / 100,
  decides: (percentage ?? 100) < 100
})
