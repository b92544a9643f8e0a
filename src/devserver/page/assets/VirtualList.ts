/** A list of any length with as many elements as there is room for. Its cursor is moved with the keys. */
import { h } from "./Dom.js"

export interface Options {
  readonly label: string
  readonly rowHeight: () => number
  readonly count: () => number
  /** An empty row. */
  readonly createRow: () => HTMLElement
  /** Writes what stands at this position into a row; gives its identity, `null` while it is not known. */
  readonly fillRow: (row: HTMLElement, index: number) => number | null
  readonly indexOf: (identity: number) => number
  /** The rows up to this one are wanted. */
  readonly need: (index: number) => void
  readonly open: (index: number) => void
}

export interface VirtualList {
  readonly element: HTMLElement
  /** The items have changed; so many came before the first. */
  readonly update: (added: number) => void
  /** Begins at the top again. */
  readonly reset: () => void
  readonly move: (by: number) => void
  readonly moveTo: (index: number) => void
  readonly select: (identity: number | null) => void
  readonly openCursor: () => void
  readonly atTop: () => boolean
}

const spare = 6
let lists = 0

export const make = (options: Options): VirtualList => {
  const prefix = `list${++lists}-`
  const rows: Array<HTMLElement> = []
  let cursor: number | null = null
  let selected: number | null = null
  let first = 0
  let frame = 0

  const room = h("div", { class: "list-room", role: "presentation" })
  const element = h("div", {
    class: "list",
    role: "listbox",
    tabindex: 0,
    "aria-label": options.label
  }, room)

  const height = () => options.rowHeight()
  const visibleRows = () => Math.ceil(element.clientHeight / height())

  const draw = () => {
    frame = 0
    const count = options.count()
    const rowHeight = height()
    const roomHeight = `${count * rowHeight}px`
    if (room.style.height !== roomHeight) {
      room.style.height = roomHeight
    }
    first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - spare)
    const last = Math.min(count, first + visibleRows() + 2 * spare)
    options.need(last - 1)
    // a row keeps its element while it is on screen: scrolling by one row fills one row
    const size = Math.max(rows.length, visibleRows() + 2 * spare)
    while (rows.length < size) {
      const row = options.createRow()
      row.setAttribute("role", "option")
      row.dataset["at"] = ""
      rows.push(row)
      room.appendChild(row)
    }
    let active = ""
    for (let offset = 0; offset < size; offset++) {
      const index = first + offset
      const row = rows[index % size]!
      if (index >= last) {
        if (!row.hidden) {
          row.hidden = true
        }
        continue
      }
      if (row.hidden) {
        row.hidden = false
      }
      const identity = options.fillRow(row, index)
      const top = `translateY(${index * rowHeight}px)`
      if (row.style.transform !== top) {
        row.style.transform = top
      }
      const isCursor = identity !== null && identity === cursor
      const isSelected = identity !== null && identity === selected
      if (row.dataset["at"] !== String(index)) {
        row.dataset["at"] = String(index)
        row.id = `${prefix}${index}`
        row.setAttribute("aria-posinset", String(index + 1))
      }
      if (row.getAttribute("aria-setsize") !== String(count)) {
        row.setAttribute("aria-setsize", String(count))
      }
      if (row.getAttribute("aria-selected") !== String(isSelected)) {
        row.setAttribute("aria-selected", String(isSelected))
      }
      row.classList.toggle("cursor", isCursor)
      if (isCursor) {
        active = row.id
      }
    }
    if (active === "") {
      element.removeAttribute("aria-activedescendant")
    } else if (element.getAttribute("aria-activedescendant") !== active) {
      element.setAttribute("aria-activedescendant", active)
    }
  }

  const schedule = () => {
    if (frame === 0) {
      frame = requestAnimationFrame(draw)
    }
  }

  const identityAt = (index: number): number | null => {
    const probe = rows[index % rows.length]
    return probe === undefined || index < 0 || index >= options.count() ? null : options.fillRow(probe, index)
  }

  const show = (index: number) => {
    const top = index * height()
    if (top < element.scrollTop) {
      element.scrollTop = top
    } else if (top + height() > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + height() - element.clientHeight
    }
  }

  const moveTo = (index: number) => {
    const target = Math.max(0, Math.min(index, options.count() - 1))
    if (options.count() === 0) {
      return
    }
    options.need(target)
    const identity = identityAt(target)
    if (identity !== null) {
      cursor = identity
    }
    show(target)
    schedule()
  }

  const move = (by: number) => {
    if (cursor === null) {
      moveTo(Math.ceil(element.scrollTop / height()))
      return
    }
    moveTo(options.indexOf(cursor) + by)
  }

  const openCursor = () => {
    if (cursor !== null) {
      options.open(options.indexOf(cursor))
    }
  }

  element.addEventListener("scroll", schedule, { passive: true })
  element.addEventListener("click", (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null
    if (row !== null) {
      const index = Number(row.dataset["at"])
      moveTo(index)
      options.open(index)
    }
  })
  element.addEventListener("keydown", (event) => {
    const moves: { readonly [key: string]: () => void } = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      PageDown: () => move(visibleRows() - 1),
      PageUp: () => move(1 - visibleRows()),
      Home: () => moveTo(0),
      End: () => moveTo(options.count() - 1),
      Enter: openCursor,
      " ": openCursor
    }
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key]
    if (act !== undefined) {
      event.preventDefault()
      act()
    }
  })
  new ResizeObserver(schedule).observe(element)

  return {
    element,
    update: (added) => {
      if (added > 0 && element.scrollTop > 0) {
        // who reads further down keeps the place
        room.style.height = `${options.count() * height()}px`
        element.scrollTop += added * height()
      }
      schedule()
    },
    reset: () => {
      cursor = null
      element.scrollTop = 0
      schedule()
    },
    move,
    moveTo,
    select: (identity) => {
      selected = identity
      if (identity !== null) {
        cursor = identity
      }
      schedule()
    },
    openCursor,
    atTop: () => element.scrollTop < height()
  }
}
