/** A path of `google.api.http` as OpenAPI writes it. */
export interface HttpPath {
  /** Such as "/v1/assets/{assetSymbol}:watch". */
  readonly path: string;
  /** Its variables, by their names in the path, and the fields that they fill, such as "order.id". */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Reads a template, such as "/v1/{name=shelves/*}/books". OpenAPI's variables are one segment each: of a variable that
 * stands for more, the literal segments are written out and each wildcard is a variable. Grammar: google/api/http.proto.
 */
export function readHttpPath(template: string): HttpPath {
  const variables: Record<string, string> = {};
  const path = template.replace(
    /\{([^{}=]+)(?:=([^{}]+))?\}/g,
    (_, field: string, pattern = '*') => {
      let count = 0;
      return (pattern as string).replace(/\*\*?/g, () => {
        const name = nameOf(field, variables) + (count++ === 0 ? '' : count);
        variables[name] = field;
        return `{${name}}`;
      });
    },
  );
  return { path, variables };
}

/**
 * A variable is called as its field alone is, "userId" for "user.user_id": paths that differ in their variables' names only
 * are one path (https://spec.openapis.org/oas/v3.1.0#paths-object), and tools take a dot for something else.
 */
function nameOf(field: string, taken: Readonly<Record<string, string>>): string {
  const own = lowerCamel(field.slice(field.lastIndexOf('.') + 1));
  return taken[own] === undefined || taken[own] === field
    ? own
    : lowerCamel(field.replaceAll('.', '_'));
}

/** As proto3's JSON names fields: "order_id" is "orderId". */
function lowerCamel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
