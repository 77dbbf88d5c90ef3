import {
  findBreakingChanges,
  type GraphQLSchema,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';

/** The schema as a file has it, whatever the order in which contracts are read. */
export function printed(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** What clients of an earlier schema would find missing or changed, a line each. */
export function breakingChanges(before: GraphQLSchema, now: GraphQLSchema): string[] {
  return findBreakingChanges(before, now).map(
    ({ description }) => `the GraphQL schema breaks what clients know: ${description}`,
  );
}
