/** A button that copies, and says that it has. */
import { button } from "./Dom.js"

const write = async (text: string): Promise<void> => {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text)
  }
  // without TLS, on a host that is not this machine, there is no clipboard but the selection's
  const area = document.createElement("textarea")
  area.value = text
  document.body.appendChild(area)
  area.select()
  document.execCommand("copy")
  area.remove()
}

export const copyButton = (label: string, text: () => string): HTMLButtonElement => {
  const element = button(label, () => {
    const say = (message: string) => {
      element.textContent = message
      setTimeout(() => {
        element.textContent = label
      }, 1200)
    }
    write(text()).then(() => say("Copied"), () => say("Not allowed"))
  }, { class: "small" })
  return element
}
