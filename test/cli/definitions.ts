/** Definitions as PostHog serves them, with what a registry has to cope with. */
export const shop = {
  flags: [
    {
      id: 4,
      key: "pricing",
      name: "Prices of the spring sale",
      active: true,
      filters: {
        groups: [{ properties: [], rollout_percentage: 100 }],
        multivariate: {
          variants: [
            { key: "low", rollout_percentage: 30 },
            { key: "control", rollout_percentage: 40 },
            { key: "high", rollout_percentage: 30 }
          ]
        },
        payloads: {
          control: "{\"price\":9,\"currency\":\"EUR\",\"until\":null}",
          low: "{\"price\":7.5,\"currency\":\"EUR\",\"until\":\"2027-03-01\",\"badges\":[\"sale\"]}",
          high: "{\"price\":12,\"currency\":\"EUR\",\"until\":null,\"badges\":[]}",
          // of no variant any more
          gone: "[]"
        }
      }
    },
    {
      id: 1,
      key: "new-checkout",
      name: "The checkout */ on one page\nfor everybody",
      active: true,
      filters: { groups: [{ properties: [], rollout_percentage: 20 }] }
    },
    {
      id: 2,
      key: "banner",
      name: "",
      active: false,
      filters: {
        groups: [],
        multivariate: null,
        payloads: {
          true:
            "{\"title\":\"Hello\",\"body\":{\"text\":\"…\",\"links\":[{\"href\":\"/a\",\"label\":\"A\"},{\"href\":\"/b\"}]},\"is-new\":true}"
        }
      }
    },
    {
      id: 3,
      key: "layout",
      name: "@deprecated soon",
      active: true,
      filters: {
        groups: [],
        multivariate: {
          variants: [{ key: "wide", rollout_percentage: 50 }, { key: "narrow", rollout_percentage: 50 }]
        },
        payloads: { wide: "plain text", narrow: "{\"columns\":1}" }
      }
    },
    { id: 5, key: "removed", name: "", active: true, deleted: true, filters: { groups: [] } }
  ],
  group_type_mapping: {},
  cohorts: {}
}
