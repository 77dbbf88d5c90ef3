import { z } from 'zod';

const truth = z.enum(['true', 'false']).transform((text) => text === 'true');

/** The environment variables that the service reads. */
export const config = z
  .object({
    /** Whether there is a page to try queries on, introspection, and what each query has cost: for development. */
    GRAPHQL_PLAYGROUND: truth.default(false),
    /** JSON file with operations that are known from the start, by the SHA-256 of their texts. Default: none. */
    GRAPHQL_OPERATIONS_FILE: z.string().optional(),
    /** Whether those are the only ones that are answered. */
    GRAPHQL_OPERATIONS_ONLY: truth.default(false),
  })
  .refine(
    (given) => !given.GRAPHQL_OPERATIONS_ONLY || given.GRAPHQL_OPERATIONS_FILE !== undefined,
    'GRAPHQL_OPERATIONS_ONLY needs GRAPHQL_OPERATIONS_FILE',
  )
  .transform((given) => ({
    isDevelopment: given.GRAPHQL_PLAYGROUND,
    operationsFile: given.GRAPHQL_OPERATIONS_FILE,
    onlyKnown: given.GRAPHQL_OPERATIONS_ONLY,
  }));

export type Config = z.output<typeof config>;
