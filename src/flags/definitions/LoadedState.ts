/**
 * The one immutable value that holds everything a set of definitions comes with, and how it changes.
 *
 * What is cleared goes together: flags, ETag, time and gate. So no answer of 304 can ever confirm a set that is gone
 * (FLAGS-DEFS-06).
 *
 * @since 0.1.0
 */
import type { LocalFlags } from "../evaluation/LocalFlags.js"
import type { DefinitionState } from "./DefinitionState.js"

export interface LoadedState extends DefinitionState {
  /** PostHog's name for the set; only where it came from PostHog. */
  readonly etag: string | undefined
  /** The text that the set was made of: the same text again is no new set. */
  readonly text: string | undefined
}

export const empty: LoadedState = {
  flags: undefined,
  loadedAt: undefined,
  generation: 0,
  attempted: false,
  stale: false,
  etag: undefined,
  text: undefined
}

/** A new set. */
export const replaced = (
  state: LoadedState,
  set: { readonly flags: LocalFlags; readonly text: string; readonly etag: string | undefined },
  now: number
): LoadedState => ({
  ...set,
  loadedAt: now,
  generation: state.generation + 1,
  attempted: state.attempted,
  stale: false
})

/** The set that is loaded is still right. */
export const confirmed = (state: LoadedState, etag: string | undefined): LoadedState => ({
  ...state,
  etag,
  generation: state.generation + 1,
  stale: false
})

/** Nothing was learnt: what is loaded stays (FLAGS-DEFS-02). */
export const stale = (state: LoadedState): LoadedState => state.stale ? state : { ...state, stale: true }

/** Nothing is loaded any more. */
export const cleared = (state: LoadedState): LoadedState => ({
  ...empty,
  generation: state.generation,
  attempted: state.attempted,
  stale: true
})

export const attempted = (state: LoadedState): LoadedState => state.attempted ? state : { ...state, attempted: true }
