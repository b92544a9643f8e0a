/** Flag definitions as PostHog serves them. */
export const definitions = {
  flags: [
    {
      id: 1,
      key: "new-checkout",
      name: "The new checkout",
      active: true,
      filters: {
        groups: [
          {
            properties: [{ key: "plan", type: "person", value: ["pro"], operator: "exact" }],
            rollout_percentage: 100
          },
          { properties: [], rollout_percentage: 0 }
        ],
        multivariate: null,
        payloads: {}
      }
    },
    {
      id: 2,
      key: "pricing",
      name: "",
      active: true,
      filters: {
        groups: [{ properties: [], rollout_percentage: 100 }],
        multivariate: {
          variants: [{ key: "low", rollout_percentage: 50 }, { key: "high", rollout_percentage: 50 }]
        },
        payloads: {}
      }
    }
  ],
  group_type_mapping: {},
  cohorts: {}
}
