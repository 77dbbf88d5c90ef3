import {
  byPrecedence,
  edgeNames,
  type MethodContract,
  type PathTemplate,
  parsePathTemplate,
  segmentOf,
} from '../../contracts/index.ts';
import { type PackedAny, pack } from '../xds/encode.ts';
import type { Branch } from './pathTree.ts';
import { typedStruct } from './protoStruct.ts';

/** Characters that a segment of a path has as they are, besides what it needs to be found by: "%", "/", ":" and "?". */
const CHARACTER = '[!-$&-.0-9;->@-~]';
/** ASCII, percent-encoded. Of all others it is not sure that they are UTF-8. */
const ENCODED = '%[0-7][0-9A-Fa-f]';
const SEGMENT = `(?:${CHARACTER}|${ENCODED})+`;
const QUERY = `(?:\\?(?:[!-$&-~]|${ENCODED})*)?`;

/** Where the value of the header is left between the two filters that set it. */
const NAMESPACE = 'weft';
const KEY = 'routing_header';

interface RestCall {
  readonly verb: string;
  readonly isPublic: boolean;
  readonly template: PathTemplate;
  /** A header that repeats a segment of the path. */
  readonly routing: { readonly header: string; readonly segment: number } | undefined;
}

/**
 * For REST calls without a body whose path and verb are a contract's to the letter, a route that passes over the filters
 * that look into the others, and lets Envoy set the routing header: neither needs a script. They hold until the call is
 * transcoded; then those of its method do. What is written in another way, such as `BTC%2FUSD` in a segment that a header
 * repeats, finds none of these routes, and the scripts look at it.
 *
 * @param otherwise The route of all others: what it does, these do too.
 */
export function restRoutes(methods: readonly MethodContract[], otherwise: object): Branch[] {
  const calls = methods
    .flatMap(callsOf)
    .toSorted(
      (one, other) =>
        byPrecedence(one.template, other.template) || groupOf(one).localeCompare(groupOf(other)),
    );
  const branches: Branch[] = [];
  for (const [prefix, below] of Map.groupBy(calls, ({ template }) => prefixOf(template))) {
    const groups: RestCall[][] = [];
    for (const call of below) {
      const last = groups.at(-1);
      if (last?.[0] && groupOf(last[0]) === groupOf(call)) last.push(call);
      else groups.push([call]);
    }
    const routes = groups.flatMap((group) => [
      ...(group[0]?.isPublic ? [withoutCredentials(routeOf(group, prefix, otherwise))] : []),
      routeOf(group, prefix, otherwise),
    ]);
    branches.push({ prefix, routes });
  }
  return branches;
}

function callsOf({ access, http, routingHeader }: MethodContract): RestCall[] {
  const isPublic = access === 'public';
  return http.flatMap(({ method: verb, path, body }) => {
    const template = parsePathTemplate(path);
    if (body !== '' || template.segments.includes('**')) return [];
    if (!routingHeader) return [{ verb, isPublic, template, routing: undefined }];
    const { header, field } = routingHeader;
    const segment = segmentOf(path, field);
    const routing = segment === undefined ? undefined : { header, segment };
    return [{ verb, isPublic, template, routing }];
  });
}

/** What all of a template's paths begin with. */
function prefixOf({ segments, verb }: PathTemplate): string {
  const wildcard = segments.indexOf('*');
  if (wildcard < 0) return `/${segments.join('/')}${verb === undefined ? '' : `:${verb}`}`;
  return `/${[...segments.slice(0, wildcard), ''].join('/')}`;
}

/** Calls of one group are told apart by nothing that their route does. */
function groupOf({ verb, isPublic, template, routing }: RestCall): string {
  const head = routing ? template.segments.slice(0, routing.segment + 1) : [];
  return [verb, isPublic, routing?.header, ...head].join('/');
}

interface RestRoute {
  readonly name: string;
  readonly match: { readonly prefix: string; readonly headers: readonly object[] };
  readonly typed_per_filter_config: Readonly<Record<string, PackedAny>>;
}

/**
 * The route for who shows nothing: there is nothing to verify. Were the path another method's after all, which is not public,
 * the call would be refused all the same: its route lets in only whom a verified token names.
 */
function withoutCredentials({
  name,
  match,
  typed_per_filter_config,
  ...route
}: RestRoute): RestRoute {
  const absent = ['authorization', 'x-api-key'].map((header) => ({
    ...{ name: header, present_match: true, invert_match: true },
  }));
  return {
    ...route,
    name: `${name} without credentials`,
    match: { ...match, headers: [...match.headers, ...absent] },
    typed_per_filter_config: {
      ...typed_per_filter_config,
      ...Object.fromEntries(edgeNames.credentialFilters.map((filter) => [filter, disabled])),
    },
  };
}

function routeOf(group: readonly RestCall[], prefix: string, otherwise: object): RestRoute {
  const [{ verb = '', routing, template } = {}] = group;
  const paths = group.map((call) => regexOf(call.template, call.routing?.segment));
  const { typed_per_filter_config: filters = {} } = otherwise as Partial<RestRoute>;
  return {
    ...otherwise,
    name: `${verb} ${prefix}`,
    match: {
      prefix: '/',
      headers: [
        { name: ':method', string_match: { exact: verb } },
        {
          name: ':path',
          string_match: { safe_regex: { regex: `(?:${paths.join('|')})${QUERY}` } },
        },
        ...['content-length', 'transfer-encoding'].map((name) => ({
          ...{ name, present_match: true, invert_match: true },
        })),
      ],
    },
    typed_per_filter_config: {
      ...filters,
      ...Object.fromEntries(edgeNames.contractFilters.map((name) => [name, disabled])),
      ...(routing && template ? setHeader(routing, template) : {}),
    },
  };
}

const disabled = pack('envoy.config.route.v3.FilterConfig', { disabled: true });

/** @param captured Index of a segment whose text is wanted as it is, which therefore has nothing encoded. */
function regexOf({ segments, verb }: PathTemplate, captured?: number): string {
  const parts = segments.map((segment, index) =>
    segment !== '*' ? literal(segment) : index === captured ? `${CHARACTER}+` : SEGMENT,
  );
  return `/${parts.join('/')}${verb === undefined ? '' : literal(`:${verb}`)}`;
}

function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9/:_~-]/g, '\\$&');
}

/** Takes the segment out of the path, and makes it a header. */
function setHeader(
  { header, segment }: { readonly header: string; readonly segment: number },
  { segments }: PathTemplate,
): Record<string, PackedAny> {
  const before = segments.slice(0, segment).map((one) => (one === '*' ? SEGMENT : literal(one)));
  const pattern = { regex: `^/${[...before, `(${CHARACTER}+)`].join('/')}.*$` };
  return {
    [edgeNames.headerFromPath]: typedStruct(
      'envoy.extensions.filters.http.header_to_metadata.v3.Config',
      {
        request_rules: [
          {
            header: ':path',
            on_header_present: {
              ...{ metadata_namespace: NAMESPACE, key: KEY },
              regex_value_rewrite: { pattern, substitution: '\\1' },
            },
          },
        ],
      },
    ),
    [edgeNames.routingHeader]: typedStruct(
      'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute',
      {
        mutations: {
          request_mutations: [
            {
              append: {
                header: { key: header, value: `%DYNAMIC_METADATA(${NAMESPACE}:${KEY})%` },
                append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
              },
            },
          ],
        },
      },
    ),
  };
}
