/**
 * When a patch is applied:
 * - `import`: before grpc-js-xds is imported
 * - `register`: once grpc-js-xds is imported, before it registers what it brings to grpc-js
 * - `registered`: after that
 * - `workers`: before workers are started, in the process that starts them
 */
export type Stage = 'import' | 'register' | 'registered' | 'workers';

/** What a patch changes, by the names that the log calls it: classes, or objects that hold functions. */
export type PatchTargets = Readonly<Record<string, object>>;

/**
 * A change to grpc-js, to grpc-js-xds or to Node that lasts as long as the process.
 *
 * Each is switched off by its name in WEFT_PATCHES and is off by itself where it finds something else than it knows:
 * the log says so, and the program goes on without it.
 */
export interface Patch<Targets extends PatchTargets = PatchTargets> {
  /** The name of its file. */
  readonly name: string;
  readonly stage: Stage;
  /** Library and what of it is changed, such as "@grpc/grpc-js: Server.closeSession". */
  readonly touches: string;
  /** What happens without it, as the end of "without it, ...". */
  readonly without: string;
  /** URL of the issue upstream, or where in docs/upstream.md the draft of one stands. */
  readonly upstream: string;
  /**
   * Gets what is changed. Imports it there: a module that is gone is a shape that is not as expected. Each is marked when
   * it has been changed, so that it is changed once, however many copies of this code there are.
   */
  targets(): Targets | Promise<Targets>;
  /**
   * Checks what is there, and only then changes it.
   *
   * @param refuse Says what is not as expected of something that is seen later, such as the first connection. The first
   * time only is logged.
   * @throws UnexpectedShape.
   */
  apply(targets: Targets, refuse: (unexpected: string) => void): void;
}

/** Something is not as a patch knows it. The message says what, such as "Server has no method closeSession". */
export class UnexpectedShape extends Error {
  override readonly name = 'UnexpectedShape';
}

type MethodsOf<Shape> = {
  [Name in keyof Shape]: Shape[Name] extends (...parameters: never[]) => unknown ? Name : never;
}[keyof Shape];

/**
 * What is private in a library, as the part of it that a patch uses.
 *
 * @param owner Its name in the log.
 * @param methods All methods of `Shape`, each with the number of parameters that it declares.
 * @throws UnexpectedShape unless `object` has them.
 */
export function expectMethods<Shape extends object>(
  owner: string,
  object: unknown,
  methods: Readonly<Record<MethodsOf<Shape>, number>>,
): Shape {
  for (const [name, length] of Object.entries<number>(methods)) {
    const method: unknown = Reflect.get(Object(object), name);
    if (typeof method !== 'function') throw new UnexpectedShape(`${owner} has no method ${name}`);
    if (method.length !== length) {
      throw new UnexpectedShape(
        `${owner}.${name} takes ${method.length} parameters, not ${length}`,
      );
    }
  }
  return object as Shape;
}

/** The major version of Node that all tests run on. */
const TESTED_NODE = '24';

/**
 * For what depends on Node's inner conduct, which no shape tells.
 *
 * @param otherwise What another Node may do.
 * @throws UnexpectedShape in another major version than the tested one.
 */
export function expectTestedNode(otherwise: string): void {
  const [major] = process.versions.node.split('.');
  if (major !== TESTED_NODE) throw new UnexpectedShape(`Node ${major} may ${otherwise}`);
}
