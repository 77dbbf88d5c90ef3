import { z } from 'zod';

const header = z.strictObject({
  Name: z.string().min(1),
  Present: z.boolean().optional(),
  Exact: z.string().optional(),
  Prefix: z.string().optional(),
  Suffix: z.string().optional(),
  Contains: z.string().optional(),
  Regex: z.string().optional(),
  Invert: z.boolean().optional(),
  IgnoreCase: z.boolean().optional(),
});

const permission = z
  .strictObject({
    Action: z.enum(['allow', 'deny']),
    HTTP: z.strictObject({
      PathExact: z.string().optional(),
      PathPrefix: z.string().optional(),
      PathRegex: z.string().optional(),
      Header: z.array(header).nullish(),
      Methods: z.array(z.string()).nullish(),
    }),
    JWT: z.unknown().optional(),
  })
  .transform(({ Action, HTTP, JWT }) => ({
    action: Action,
    path: oneOf({ exact: HTTP.PathExact, prefix: HTTP.PathPrefix, regex: HTTP.PathRegex }),
    headers: (HTTP.Header ?? []).map((each) => ({
      // As HTTP/2 has it.
      name: each.Name.toLowerCase(),
      match: each.Present
        ? ({ kind: 'present' } as const)
        : oneOf({
            exact: each.Exact,
            prefix: each.Prefix,
            suffix: each.Suffix,
            contains: each.Contains,
            regex: each.Regex,
          }),
      invert: each.Invert ?? false,
      ignoreCase: each.IgnoreCase ?? false,
    })),
    methods: HTTP.Methods ?? [],
    requiresJwt: JWT !== undefined && JWT !== null,
  }));

/** The `Permissions` of one source, in order. Fields that are not known here are an error: they may restrict. */
export const permissionsSchema = z.array(permission);

/** One rule on layer 7: all of its conditions must hold. */
export type Permission = z.infer<typeof permission>;
export type PermissionHeader = Permission['headers'][number];

/** Consul writes a condition that is not set as an empty string, or not at all. */
function oneOf<Kind extends string>(
  conditions: Readonly<Record<Kind, string | undefined>>,
): { readonly kind: Kind; readonly value: string } | undefined {
  for (const [kind, value] of Object.entries(conditions) as [Kind, string | undefined][]) {
    if (value) return { kind, value };
  }
  return undefined;
}
