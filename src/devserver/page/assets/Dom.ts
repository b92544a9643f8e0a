/** Elements without HTML: what is given as a child becomes text, whatever it holds. */

export type Child = Node | string | number | null | undefined | false

export interface Attributes {
  readonly [name: string]: string | number | boolean | null | undefined | EventListener | ((event: never) => void)
}

/** `onclick` and its kin are listeners; `true` is an empty attribute; `false`, `null` and `undefined` are none. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: ReadonlyArray<Child>
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) {
      continue
    }
    if (typeof value === "function") {
      // who writes the attribute knows the event of its name
      element.addEventListener(name.slice(2), value as EventListener)
    } else {
      element.setAttribute(name, value === true ? "" : String(value))
    }
  }
  append(element, ...children)
  return element
}

export const append = (parent: Node, ...children: ReadonlyArray<Child>): void => {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)))
    }
  }
}

export const fill = (parent: Element, ...children: ReadonlyArray<Child>): void => {
  parent.replaceChildren()
  append(parent, ...children)
}

/** Changes the text only if it is another one: what stays the same costs nothing and is not read aloud again. */
export const setText = (element: Element, text: string): void => {
  if (element.textContent !== text) {
    element.textContent = text
  }
}

export const button = (
  label: string,
  onclick: () => void,
  attributes: Attributes = {}
): HTMLButtonElement => h("button", { type: "button", ...attributes, onclick }, label)
