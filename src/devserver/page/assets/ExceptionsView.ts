/** The exceptions among the events. */
import type { ExceptionList } from "../PageApi.js"
import * as Api from "./Api.js"
import { h } from "./Dom.js"
import { fillException } from "./EventRow.js"
import * as ListView from "./ListView.js"
import type { View } from "./View.js"

export const make = (): View =>
  ListView.make<ExceptionList["exceptions"][number]>({
    view: "exceptions",
    label: "Exceptions",
    placeholder: "Search type, message, person …",
    columns: ["Time", "Type", "Message", "Person", "Service"],
    fields: false,
    fill: fillException,
    source: (search) => ({
      takesAll: false,
      load: async (page, signal) => {
        const { exceptions, next, total } = await Api.exceptions(search, page, signal)
        return { items: exceptions, total, next }
      }
    }),
    // the summary of an event does not have the type and the message: they are fetched
    takes: (events) =>
      events.filter(({ event }) => event === "$exception").map((event) => ({ ...event, type: "", value: "" })),
    empty: () => h("p", {}, "No exception has arrived.")
  })
