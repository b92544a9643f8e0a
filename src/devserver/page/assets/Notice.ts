/** One line that says what went wrong, read aloud, until something goes right. */
import { h } from "./Dom.js"

export const make = (): {
  readonly element: HTMLElement
  readonly run: <A>(work: Promise<A>) => Promise<A | undefined>
} => {
  const element = h("p", { class: "notice", role: "alert", hidden: true })
  return {
    element,
    run: async (work) => {
      try {
        const result = await work
        element.hidden = true
        return result
      } catch (error) {
        element.textContent = error instanceof Error ? error.message : String(error)
        element.hidden = false
        return undefined
      }
    }
  }
}
