/**
 * A frame of the scope: what one `withScope` opened.
 *
 * @since 0.1.0
 */
import type { Service as ExceptionCaptureService } from "./ExceptionCapture.js"
import type { Mode } from "./Mode.js"
import type { Slots } from "./Slots.js"
import type { StepTrail } from "./StepTrail.js"

/**
 * Who a frame is. Patches name frames by it, so that a write meant for one frame never lands in another. `closed` is
 * flipped by the finalizer of a frame that a layer or a `Scope` opened, whichever fiber that runs on.
 */
export class FrameId {
  closed = false
}

export interface Frame {
  readonly id: FrameId
  readonly mode: Mode
  /** `undefined`: as the client's `captureExceptions` option says. */
  readonly captureExceptions: boolean | undefined
  readonly client: ExceptionCaptureService | undefined
  readonly slots: Slots
  /** Is it a request's or an operation's? Then what is noted about the operation is noted here. */
  readonly isOperation: boolean
  /** Does this copy end when its `id` is closed? A forked fiber's copy does not: it keeps what it saw. */
  readonly attached: boolean
  /** The steps of the request that it is in, shared by all its copies; an inherited frame has it once it stands somewhere. */
  readonly trail: StepTrail | undefined
}
