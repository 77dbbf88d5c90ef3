import { createRequire } from 'node:module';

/**
 * Puts something in the place of a CommonJS module that has not been loaded, for all that require it from now on. Of what
 * the module exports, `replaced` comes first; the module itself is loaded when anything else is asked for.
 *
 * @param file As require.resolve() gives it.
 * @returns a function that loads the module itself.
 */
export function standIn<Module extends object>(
  file: string,
  replaced: Partial<Module>,
): () => Module {
  const require = createRequire(file);
  let loaded: Module | undefined;
  const original = () => {
    if (!loaded) {
      delete require.cache[file];
      loaded = require(file) as Module;
    }
    return loaded;
  };
  const exports = new Proxy(replaced, {
    get: (_, key) => Reflect.get(key in replaced ? replaced : original(), key),
    // No module exports a symbol: who looks for one, such as the mark of a patch, need not load it.
    has: (_, key) => key in replaced || (typeof key === 'string' && key in original()),
  });
  require.cache[file] = {
    ...{ id: file, filename: file, path: file, paths: [], children: [], parent: null },
    ...{ loaded: true, isPreloading: false, exports, require },
  };
  return original;
}
