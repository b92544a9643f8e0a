/** The tables of the pages for those who come from another SDK name every call that it has. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readText, root } from "./sources.js"

const unnamed = (page: string, calls: ReadonlyArray<string>): ReadonlyArray<string> => {
  const cells = readText(page).split("\n").filter((line) => line.startsWith("|")).join("\n")
  return calls.filter((call) => !new RegExp(`\\b${call}\\b`).test(cells))
}

describe("docs/coming-from-posthog-node.md", () => {
  /** Public for the packages beside posthog-node, and not for applications. */
  const own = [
    "constructor",
    "distinctIdHasSentFlagCalls",
    "getCustomUserAgent",
    "getLibraryVersion",
    "getPersistedProperty",
    "prepareEventMessage",
    "setPersistedProperty"
  ]

  const membersOf = (declarations: string) =>
    Array.from(
      declarations
        .replaceAll(/\/\*\*[\s\S]*?\*\//g, "")
        .matchAll(/^ {4}(?:readonly |abstract |get )*([a-zA-Z]\w*)(?:<[^>]*>)?\??[(:]/gm),
      ([, name = ""]) => name
    )

  const read = (file: string) => readFileSync(join(root, "node_modules/posthog-node", file), "utf8")

  it("is about the version that is installed", () => {
    const { version } = JSON.parse(read("package.json"))
    expect(readText("docs/coming-from-posthog-node.md")).toContain(`posthog-node ${version}`)
  })

  it("names every public method of its client and of IPostHog", () => {
    const [, interfaceOfClient = ""] = read("dist/types.d.ts").split("export interface IPostHog {")
    const calls = [...membersOf(read("dist/client.d.ts")), ...membersOf(interfaceOfClient)]
    expect(new Set(calls).size).toBeGreaterThan(50)
    expect(unnamed("docs/coming-from-posthog-node.md", calls.filter((call) => !own.includes(call)))).toEqual([])
  })
})

describe("docs/coming-from-posthog-python.md", () => {
  it("names every public function of posthog 7.53.0, its contexts and its client", () => {
    const calls = [
      "new_context scoped tag get_tags identify_context set_context_session set_context_device_id",
      "get_context_session_id get_context_distinct_id get_context_device_id",
      "capture_exception_code_variables_context code_variables_mask_patterns_context",
      "code_variables_ignore_patterns_context code_variables_mask_url_credentials_context",
      "code_variables_detect_secrets_context",
      "capture capture_ai set set_once group_identify alias capture_exception metrics",
      "feature_enabled get_feature_flag get_all_flags get_feature_flag_result get_feature_flag_payload",
      "get_remote_config_payload get_all_flags_and_payloads evaluate_flags feature_flag_definitions load_feature_flags",
      "get_feature_variants get_feature_payloads get_feature_flags_and_payloads get_flags_decision feature_flags",
      "flush join shutdown setup queue consumers"
    ].join(" ").split(" ")
    expect(unnamed("docs/coming-from-posthog-python.md", calls)).toEqual([])
  })
})
