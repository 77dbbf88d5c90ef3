/** A path of `google.api.http`, taken apart. Variables are what they match. */
export interface PathTemplate {
  /** "*" matches one segment, "**" the rest of the path, anything else itself. */
  readonly segments: readonly string[];
  /** What follows the last ":", such as "watch". */
  readonly verb: string | undefined;
}

/** Reads a template, such as "/v1/assets/{asset_symbol}:watch". Grammar: google/api/http.proto. */
export function parsePathTemplate(template: string): PathTemplate {
  const path = template
    .replace(/\{[^{}=]+=([^{}]+)\}/g, '$1')
    .replace(/\{[^{}]+\}/g, '*')
    .slice(1);
  const [, segments = path, verb] = /^(.*):([^/:]*)$/.exec(path) ?? [];
  return { segments: segments.split('/'), verb };
}

/** Index of the segment that a variable stands for. Undefined: the template has no such variable of one segment. */
export function segmentOf(template: string, variable: string): number | undefined {
  const marked = parsePathTemplate(template.replace(`{${variable}}`, MARK));
  const index = marked.segments.indexOf(MARK);
  return index < 0 ? undefined : index;
}

/** In no path of a contract. */
const MARK = '\0';

/** Orders templates so that the first one that matches a path is the one that the transcoder takes. */
export function byPrecedence(one: PathTemplate, other: PathTemplate): number {
  if ((one.verb === undefined) !== (other.verb === undefined))
    return one.verb === undefined ? 1 : -1;
  for (const [index, segment] of one.segments.entries()) {
    const difference = breadth(segment) - breadth(other.segments[index]);
    if (difference !== 0) return difference;
  }
  return one.segments.length - other.segments.length;
}

function breadth(segment: string | undefined): number {
  return segment === '**' ? 2 : segment === '*' ? 1 : 0;
}
