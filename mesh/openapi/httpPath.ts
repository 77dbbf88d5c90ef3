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
        const name = lowerCamel(field) + (count++ === 0 ? '' : count);
        variables[name] = field;
        return `{${name}}`;
      });
    },
  );
  return { path, variables };
}

/** As proto3's JSON names fields: "order_id" is "orderId". */
function lowerCamel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
