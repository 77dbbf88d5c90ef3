import { Liquid, LiquidError, type Template } from 'liquidjs';

/** Characters of a template. */
const MOST_SOURCE = 100_000;
/** Milliseconds that one may take to be filled in: nobody else is served meanwhile. */
const RENDER_MS = 100;
/** Tags, texts and outputs that are gone through, over all loops. */
const MOST_STEPS = 50_000;
/** What is made on the way, in the library's measure: about an element or a character each. */
const MOST_MEMORY = 1_000_000;
/** Characters of what comes out. */
const MOST_OUTPUT = 500_000;

/** Tags that read other templates, or do what one message has no use for. */
const LEFT_OUT = ['include', 'render', 'layout', 'block', 'increment', 'decrement', 'tablerow'];

/** Values of variables, as JSON has them. */
export type Variables = Readonly<Record<string, unknown>>;

/** A template that cannot be filled in. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly reason: 'TEMPLATE_INVALID' | 'TEMPLATE_TOO_COSTLY' | 'VARIABLE_UNKNOWN';

  constructor(reason: TemplateError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

const escaping = make('escape');
const plain = make(undefined);

/** A text with variables, in the language Liquid: https://shopify.github.io/liquid. It runs no code and reads no files. */
export class CompiledTemplate {
  readonly #engine: Liquid;
  readonly #template: Template[];

  /**
   * @param isHtml Whether values are escaped for HTML.
   * @throws TemplateError for what is no template.
   */
  constructor(source: string, isHtml: boolean) {
    this.#engine = isHtml ? escaping : plain;
    this.#template = guard(() => this.#engine.parse(source));
  }

  /** The variables that it reads, each as a path from its name on: ["event", "projectId"]. */
  get variables(): (string | number)[][] {
    const paths = guard(() => this.#engine.globalVariableSegmentsSync(this.#template));
    return paths.map((path) => path.filter((each) => !Array.isArray(each)) as (string | number)[]);
  }

  /**
   * Fills it in.
   *
   * @throws TemplateError VARIABLE_UNKNOWN for a variable that `values` does not have; TEMPLATE_TOO_COSTLY for loops and
   * texts without measure.
   */
  render(values: Variables): string {
    const text = guard(() => this.#engine.renderSync(this.#template, values, LIMITS));
    if (text.length <= MOST_OUTPUT) return text;
    throw new TemplateError('TEMPLATE_TOO_COSTLY', `comes to more than ${MOST_OUTPUT} characters`);
  }
}

const LIMITS = {
  ...{ renderLimit: RENDER_MS, templateLimit: MOST_STEPS, memoryLimit: MOST_MEMORY },
};

/**
 * Whether a condition such as `event.status == "success"` holds.
 *
 * @throws TemplateError as render().
 */
export function holds(condition: string, values: Variables): boolean {
  return new CompiledTemplate(`{% if ${condition} %}1{% endif %}`, false).render(values) === '1';
}

function make(outputEscape: 'escape' | undefined): Liquid {
  const engine = new Liquid({
    ...{ strictVariables: true, strictFilters: true, ownPropertyOnly: true },
    ...{ parseLimit: MOST_SOURCE, templates: {}, locale: 'en-US', timezoneOffset: 'UTC' },
    ...(outputEscape && { outputEscape }),
  });
  for (const tag of LEFT_OUT) delete engine.tags[tag];
  return engine;
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const original = LiquidError.is(error) ? error.originalError?.message : undefined;
    const text = `${message} ${original ?? ''}`;
    if (/undefined variable/.test(text)) throw new TemplateError('VARIABLE_UNKNOWN', message);
    if (/limit exceeded/.test(text)) throw new TemplateError('TEMPLATE_TOO_COSTLY', message);
    throw new TemplateError('TEMPLATE_INVALID', message);
  }
}
