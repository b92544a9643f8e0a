/**
 * The events of a catalogue as a Markdown document. The same catalogue gives the same text.
 *
 * @since 0.1.0
 */
import type { EventDescription, PersonalDataDescription, PropertyDescription } from "../catalog/EventCatalog.js"
import * as Markdown from "./MarkdownText.js"

/** How the document begins: the tool replaces only what it wrote. */
export const mark = "<!-- Written by `npx effect-posthog events docs`: change the catalogue instead. -->"

/** `events` are in the order in which they shall stand. */
export const render = (events: ReadonlyArray<EventDescription>): string =>
  `${[mark, "# Events", ...events.flatMap(sections)].join("\n\n")}\n`

const sections = (event: EventDescription): ReadonlyArray<string> => {
  const { description, name, others, owner, properties } = event
  const facts = [
    ...(owner === undefined ? [] : [`- Owner: ${Markdown.text(owner)}`]),
    ...(event.deprecated === false ? [] : [`- ${deprecation(event.deprecated)}`]),
    ...(others === undefined ? [] : [`- Other properties: ${Markdown.code(others)}`])
  ]
  return [
    `## ${Markdown.text(name)}`,
    ...(description === undefined ? [] : [Markdown.text(description)]),
    ...(facts.length === 0 ? [] : [facts.join("\n")]),
    properties.length === 0 ? "No properties." : table(properties)
  ]
}

const deprecation = (deprecated: boolean | string): string =>
  typeof deprecated === "string" ? `**Deprecated**: ${Markdown.text(deprecated)}` : "**Deprecated**"

const table = (properties: ReadonlyArray<PropertyDescription>): string =>
  [
    ["property", "type", "optional", "description", "PII"],
    ["-", "-", "-", "-", "-"],
    ...properties.map(({ deprecated, description, name, optional, owner, pii, type }) => [
      Markdown.code(name),
      Markdown.code(type),
      optional ? "yes" : "",
      [
        ...(description === undefined ? [] : [Markdown.text(description)]),
        ...(deprecated === false ? [] : [deprecation(deprecated)]),
        ...(owner === undefined ? [] : [`Owner: ${Markdown.text(owner)}`])
      ].join("; "),
      pii.map(personalData).join(", ")
    ])
  ].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const personalData = ({ path, policy }: PersonalDataDescription): string =>
  path === "" ? policy : `${Markdown.code(path)}: ${policy}`
