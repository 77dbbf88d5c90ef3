import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Protobufjs, ProtoLoader, type ProtoLoaderCalls } from '../xds/ProtoLoader.ts';
import { standIn } from '../xds/standIn.ts';
import type { XdsProtos } from '../xds/XdsProtos.ts';
import { type Patch, UnexpectedShape } from './Patch.ts';

const require = createRequire(import.meta.url);

/**
 * Takes from the import of grpc-js-xds what need not be done at once, which is nearly all of it: it parses the protos that
 * it brings along eleven times over, and loads modules that few processes use.
 *
 * - The protos come from `xds/protos.json`, cut down to what is used and in one root, which is made when the first message
 *   comes. Protos that are not there are loaded as before.
 * - re2-wasm is loaded with the first regular expression that the control plane sends.
 * - google-auth-library is loaded with the first credentials of Google.
 */
export const lightXdsImport: Patch<{ readonly protobufjs: object }> = {
  name: 'lightXdsImport',
  stage: 'import',
  touches: '@grpc/grpc-js-xds: what its modules require',
  without: 'the process starts later and takes 50 MB more',
  upstream: 'docs/upstream.md#lightxdsimport',
  targets: () => {
    const loader = requireOfLibrary().resolve('@grpc/proto-loader');
    return { protobufjs: createRequire(loader)('protobufjs/light') };
  },
  apply({ protobufjs }) {
    const { Root } = protobufjs as Partial<Protobufjs>;
    if (typeof Root?.fromJSON !== 'function') {
      throw new UnexpectedShape('protobufjs has no Root.fromJSON');
    }
    const protos = readProtos();
    const library = requireOfLibrary();
    const { version } = library('./package.json') as { version: string };
    if (version !== protos.version) {
      throw new UnexpectedShape(
        `its version is ${version}, and xds/protos.json is made from ${protos.version}`,
      );
    }
    // Imported already: all has been spent that could be spared.
    if (library.resolve('./build/src/resources.js') in require.cache) return;
    standInForProtoLoader(library, protobufjs as Protobufjs, protos);
    const re2: () => Re2 = standIn<Re2>(library.resolve('re2-wasm'), {
      RE2: lateRegex(() => re2().RE2),
    });
    standIn(library.resolve('google-auth-library'), {});
  },
};

/** Requires as the modules of grpc-js-xds do. */
function requireOfLibrary(): NodeJS.Require {
  return createRequire(require.resolve('@grpc/grpc-js-xds/package.json'));
}

function readProtos(): XdsProtos {
  return JSON.parse(readFileSync(new URL('../xds/protos.json', import.meta.url), 'utf8'));
}

function standInForProtoLoader(
  library: NodeJS.Require,
  protobufjs: Protobufjs,
  protos: XdsProtos,
): void {
  const [utilFile, file] = ['@grpc/proto-loader/build/src/util', '@grpc/proto-loader'].map((name) =>
    library.resolve(name),
  ) as [string, string];
  const loader: ProtoLoader = new ProtoLoader(protobufjs, protos, {
    loadProtosWithOptionsSync(...parameters) {
      // Only with the whole of the package does protobufjs know all of Google's own protos.
      whole();
      return util().loadProtosWithOptionsSync(...parameters);
    },
    loadSync: (...parameters) => whole().loadSync(...parameters),
  });
  const util: () => Pick<ProtoLoaderCalls, 'loadProtosWithOptionsSync'> = standIn(utilFile, {
    loadProtosWithOptionsSync: (...parameters) => loader.loadProtosWithOptionsSync(...parameters),
  });
  const whole: () => Pick<ProtoLoaderCalls, 'loadSync'> = standIn(file, {
    loadSync: (...parameters) => loader.loadSync(...parameters),
  });
}

interface Re2 {
  readonly RE2: new (pattern: string | RegExp, flags?: string) => object;
}

/** matcher.js makes this one as it is loaded; to match it, JavaScript's own does as well, and in linear time too. */
const NUMBER = '^-?\\d+$';

function lateRegex(original: () => Re2['RE2']): Re2['RE2'] {
  return class {
    constructor(pattern: string | RegExp, flags?: string) {
      // biome-ignore lint/correctness/noConstructorReturn: what is asked for is another class's.
      return pattern instanceof RegExp && pattern.source === NUMBER
        ? pattern
        : new (original())(pattern, flags);
    }
  };
}
