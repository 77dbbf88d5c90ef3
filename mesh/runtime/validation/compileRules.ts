import {
  type DescField,
  type DescMessage,
  type DescOneof,
  type FileRegistry,
  getOption,
  ScalarType,
} from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import type { Validator } from '@bufbuild/protovalidate';
import {
  type FieldRules,
  field as fieldOption,
  Ignore,
  MapRulesSchema,
  message as messageOption,
  oneof as oneofOption,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { NotCompilable } from './NotCompilable.ts';
import { durationRules } from './rules/durationRules.ts';
import { listSize } from './rules/listSize.ts';
import type { Predicate } from './rules/Predicate.ts';
import { presence } from './rules/presence.ts';
import { scalarRules } from './rules/scalarRules.ts';
import { setRules } from './rules/setRules.ts';
import { validateSingleField } from './validateSingleField.ts';

type Fields = Readonly<Record<string, unknown>>;
type MessagePredicate = Predicate<Fields>;

/** Names that ts-proto and protobuf-es spell alike: snake_case, and what is in camelCase already. */
const PLAIN_NAME = /^[a-z][a-z0-9]*((_[a-z][a-z0-9]*)*|[A-Z][A-Za-z0-9]*)$/;

/**
 * Compiles the buf.validate rules of a message type to a function over ts-proto's messages. A message is looked at
 * where it lies: nothing is decoded again, and a column of numbers is one loop.
 *
 * @returns the check of a message and of all that it holds; undefined when there are no rules.
 * @throws NotCompilable when there is a rule that only protovalidate can check.
 */
export function compileRules(
  type: DescMessage,
  registry: FileRegistry,
  validate: Validator['validate'],
): MessagePredicate | undefined {
  return new RuleCompiler(registry, validate).compile(type);
}

/** Serves one compilation: what a failed one has left half done is not used again. */
class RuleCompiler {
  readonly #registry: FileRegistry;
  readonly #validate: Validator['validate'];
  readonly #compiled = new Map<DescMessage, { obeys: MessagePredicate | undefined }>();

  constructor(registry: FileRegistry, validate: Validator['validate']) {
    this.#registry = registry;
    this.#validate = validate;
  }

  compile(type: DescMessage): MessagePredicate | undefined {
    if (JSON_VALUES.has(type.typeName)) return undefined;
    const known = this.#compiled.get(type);
    if (known) return known.obeys;
    // A type that holds itself finds this entry while it is being compiled.
    const entry: { obeys: MessagePredicate | undefined } = { obeys: (value) => all(value) };
    this.#compiled.set(type, entry);
    let all: MessagePredicate = () => true;
    const rules = getOption(type, messageOption);
    if (rules.cel.length || rules.celExpression.length || rules.oneof.length) {
      throw new NotCompilable(`rules of the whole ${type}`);
    }
    const checks = [
      ...type.oneofs.map((oneof) => this.#oneof(oneof)),
      ...type.fields.map((field) => this.#field(field)),
    ].filter((check) => check !== undefined);
    all = (value) => {
      for (const check of checks) if (!check(value)) return false;
      return true;
    };
    entry.obeys = checks.length > 0 ? all : undefined;
    return entry.obeys;
  }

  #oneof(oneof: DescOneof): MessagePredicate | undefined {
    if (!getOption(oneof, oneofOption).required) return undefined;
    const { localName } = plain(oneof);
    return (message) => message[localName] !== undefined;
  }

  #field(field: DescField): MessagePredicate | undefined {
    const rules = getOption(field, fieldOption);
    if (rules.ignore === Ignore.ALWAYS) return undefined;
    const value = this.#value(field, rules);
    if (!value && !rules.required) return undefined;
    const { localName } = plain(field);
    const { oneof } = field;
    if (!oneof) {
      const obeys = presence(field, rules, value);
      return (message) => obeys(message[localName]);
    }
    const obeys = value ?? (() => true);
    const container = plain(oneof).localName;
    return (message) => {
      const chosen = message[container] as { $case: string; value: unknown } | undefined;
      if (chosen?.$case !== localName) return !rules.required;
      return obeys(chosen.value);
    };
  }

  /** The check of a field that is set. */
  #value(field: DescField, rules: FieldRules): Predicate<unknown> | undefined {
    try {
      if (rules.$unknown?.length || !fits(field, rules)) throw new NotCompilable(`${field}`);
      switch (field.fieldKind) {
        case 'list':
          return this.#list(field, rules) as Predicate | undefined;
        case 'map':
          return this.#map(field, rules) as Predicate | undefined;
        case 'message':
          if (
            rules.type.case === 'duration' &&
            field.message.typeName === DurationSchema.typeName
          ) {
            assertNoCel(field, rules);
            return durationRules(rules.type.value) as Predicate;
          }
          assertNoRules(field, rules);
          return this.compile(field.message) as Predicate | undefined;
        default:
          assertNoCel(field, rules);
          return scalarRules(rules.type, field.fieldKind === 'enum' ? field.enum : undefined)
            ?.one as Predicate | undefined;
      }
    } catch (error) {
      if (!(error instanceof NotCompilable)) throw error;
      return validateSingleField(field, this.#registry, this.#validate);
    }
  }

  #list(
    field: DescField & { fieldKind: 'list' },
    rules: FieldRules,
  ): Predicate<readonly unknown[]> | undefined {
    assertNoCel(field, rules);
    const own = rules.type.case === 'repeated' ? rules.type.value : undefined;
    const items = this.#items(field, own?.items);
    const size = own && listSize(field, own);
    if (!size || !items) return size ?? items;
    return (values) => size(values) && items(values);
  }

  #items(
    field: DescField & { fieldKind: 'list' },
    rules: FieldRules | undefined,
  ): Predicate<readonly unknown[]> | undefined {
    if (rules?.ignore === Ignore.ALWAYS) return undefined;
    if (rules && (rules.$unknown?.length || rules.ignore !== Ignore.UNSPECIFIED)) {
      throw new NotCompilable(`items of ${field}`);
    }
    if (rules) assertNoCel(field, rules);
    if (rules && field.listKind !== 'message' && !fitsValue(field, rules)) {
      throw new NotCompilable(`items of ${field}`);
    }
    if (field.listKind === 'message') {
      if (rules) assertNoRules(field, rules);
      const one = this.compile(field.message) as Predicate | undefined;
      return one && ((values) => values.every(one));
    }
    if (!rules) return undefined;
    const checks = scalarRules(rules.type, field.listKind === 'enum' ? field.enum : undefined);
    if (!checks) return undefined;
    const one = checks.one as Predicate;
    return (
      (checks.all as Predicate<readonly unknown[]> | undefined) ?? ((values) => values.every(one))
    );
  }

  #map(field: DescField & { fieldKind: 'map' }, rules: FieldRules): Predicate<object> | undefined {
    assertNoCel(field, rules);
    const own = rules.type.case === 'map' ? rules.type.value : undefined;
    const set = own ? setRules(own, MapRulesSchema, ['minPairs', 'maxPairs']) : new Set<string>();
    const one =
      field.mapKind === 'message' ? (this.compile(field.message) as Predicate) : undefined;
    if (set.size === 0 && !one) return undefined;
    const least = Number(own?.minPairs ?? 0);
    const most = set.has('maxPairs') ? Number(own?.maxPairs) : Infinity;
    return (map) => {
      const values = Object.values(map);
      return values.length >= least && values.length <= most && (!one || values.every(one));
    };
  }
}

/** JSON in a message. They have no rules, and ts-proto has what they say in place of what they are made of. */
const JSON_VALUES: ReadonlySet<string> = new Set([
  ...['google.protobuf.Struct', 'google.protobuf.Value', 'google.protobuf.ListValue'],
]);

/** Whether rules are of the kind of their field: others are wrong, which is for protovalidate to say. */
function fits(field: DescField, rules: FieldRules): boolean {
  if (field.fieldKind === 'list') return [undefined, 'repeated'].includes(rules.type.case);
  if (field.fieldKind === 'map') return [undefined, 'map'].includes(rules.type.case);
  return field.fieldKind === 'message' || fitsValue(field, rules);
}

function fitsValue(
  { scalar }: { readonly scalar?: ScalarType | undefined },
  { type }: FieldRules,
): boolean {
  const kind = scalar === undefined ? 'enum' : ScalarType[scalar].toLowerCase();
  return type.case === undefined || type.case === kind;
}

function assertNoCel(field: DescField, rules: FieldRules): void {
  if (rules.cel.length || rules.celExpression.length) throw new NotCompilable(`CEL of ${field}`);
}

function assertNoRules(field: DescField, rules: FieldRules): void {
  assertNoCel(field, rules);
  if (rules.type.case !== undefined) throw new NotCompilable(`rules of ${field}`);
}

function plain<Named extends { name: string; localName: string }>(named: Named): Named {
  if (!PLAIN_NAME.test(named.name)) throw new NotCompilable(`the name ${named.name}`);
  return named;
}
