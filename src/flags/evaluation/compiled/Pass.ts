/**
 * One evaluation under way: whom it is for, when it is, and what has been worked out already.
 *
 * @since 0.1.0
 */
import type { Subject } from "../../context/Subject.js"
import type { TimeSource } from "../LocalOutcome.js"
import type { Moment } from "../PropertyMatcher.js"
import { Hash } from "./Hash.js"

/** Evaluating is synchronous, so one object serves every evaluation of a set, one after another. */
export class Pass implements Moment {
  readonly hash = new Hash()
  // set by `begin` before anything reads it
  subject!: Subject
  /** What was worked out under another epoch is out of date. */
  epoch = 0
  steps = 0
  #time: TimeSource | undefined
  #millis = 0

  begin(subject: Subject, time: TimeSource, epoch: number): void {
    this.subject = subject
    this.epoch = epoch
    this.steps = 0
    this.#time = time
  }

  /** Read at most once, and only by filters that compare with now. */
  get millis(): number {
    if (this.#time !== undefined) {
      this.#millis = this.#time.unsafeCurrentTimeMillis()
      this.#time = undefined
    }
    return this.#millis
  }
}
