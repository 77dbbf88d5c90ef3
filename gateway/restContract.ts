import { readFileSync } from 'node:fs';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import {
  byPrecedence,
  type Contracts,
  type HttpBinding,
  isOpen,
  type MethodContract,
  type PathTemplate,
  parsePathTemplate,
  segmentOf,
} from '@weft/mesh/contracts';
import { type LuaValue, toLua, toLuaPattern } from './lua.ts';
import { type Config, typedConfig } from './typedConfig.ts';

/** The type of what any JSON may fill: scalars, which the transcoder checks, and Google's own types. */
const ANYTHING = '';

/** The type of google.protobuf.Timestamp. */
const TIME = '@time';

const script = readFileSync(new URL('./restContract.lua', import.meta.url), 'utf8');

/**
 * Refuses what the contracts do not allow of a REST call and the transcoder lets pass: unknown JSON
 * fields, and with 405 a known path with another verb. Sets the routing headers of those that it lets pass. See
 * restContract.lua.
 */
export function restContract(contracts: Contracts): Config {
  return typedConfig('envoy.filters.http.lua', 'envoy.extensions.filters.http.lua.v3.Lua', {
    default_source_code: { inline_string: restContractScript(contracts) },
  });
}

/** The whole script, the contracts' part included. */
export function restContractScript(contracts: Contracts): string {
  const bindings = contracts.methods
    .filter(isOpen)
    .flatMap((method) => method.http.map((binding) => ({ method, binding })))
    .map((entry) => ({ ...entry, template: parsePathTemplate(entry.binding.path) }))
    .sort((one, other) => byPrecedence(one.template, other.template));
  const messages = new Map<string, LuaValue>();
  const table = bindings.map(({ method, binding, template }): LuaValue => {
    const body = bodyType(method, binding, messages);
    return {
      verb: binding.method,
      segments: lookedUpBy(template),
      ...(body === undefined ? {} : { body, max: String(method.maxRequestBytes) }),
      ...routing(method, binding, template),
    };
  });
  return [
    `local BINDINGS = ${toLua(table)}`,
    `local MESSAGES = ${toLua(Object.fromEntries(messages))}`,
    script,
  ].join('\n');
}

/** The segments by which the script finds a template: "*" for any one, "**" for all that is left. */
function lookedUpBy({ segments, verb }: PathTemplate): readonly string[] {
  const last = segments.at(-1);
  if (verb === undefined || last === undefined || /^\*\*?$/.test(last)) return segments;
  return [...segments.slice(0, -1), `${last}:${verb}`];
}

/** The pattern of a call's path, and where the call says what its routing header repeats. */
function routing(
  { routingHeader, input }: MethodContract,
  { path, body }: HttpBinding,
  template: PathTemplate,
): { readonly pattern: string; readonly header?: string; readonly names?: LuaValue } {
  const field = input.fields.find(({ name }) => name === routingHeader?.field);
  const segment = field && segmentOf(path, field.name);
  const pattern = toLuaPattern(template, segment);
  if (!routingHeader || !field) return { pattern };
  const { header } = routingHeader;
  if (segment !== undefined) return { pattern, header };
  if (body !== '*') return { pattern };
  return { pattern, header, names: { [field.name]: 'yes', [field.jsonName]: 'yes' } };
}

function bodyType(
  method: MethodContract,
  binding: HttpBinding,
  messages: Map<string, LuaValue>,
): LuaValue | undefined {
  if (binding.body === '') return undefined;
  if (binding.body === '*') return messageType(method.input, messages);
  const field = method.input.fields.find(({ name }) => name === binding.body);
  if (!field) throw new Error(`${method.path}: its body is "${binding.body}", which is no field.`);
  return fieldType(field, messages);
}

/** Names the message, and puts it into `messages` with all that its fields lead to. */
function messageType(message: DescMessage, messages: Map<string, LuaValue>): string {
  if (message.typeName === 'google.protobuf.Timestamp') return TIME;
  if (message.typeName.startsWith('google.protobuf.')) return ANYTHING;
  if (!messages.has(message.typeName)) {
    // It may lead to itself.
    messages.set(message.typeName, {});
    messages.set(
      message.typeName,
      Object.fromEntries(
        message.fields.flatMap((field) => {
          const type = fieldType(field, messages);
          return [field.name, field.jsonName].map((name) => [name, type]);
        }),
      ),
    );
  }
  return message.typeName;
}

function fieldType(field: DescField, messages: Map<string, LuaValue>): LuaValue {
  const type = field.message ? messageType(field.message, messages) : ANYTHING;
  return field.fieldKind === 'map' ? [type] : type;
}
