import { AsyncResource } from 'node:async_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { upstreamBug } from './upstreamBug.ts';

const BOUND = 2_000;
const HELD_BYTES = 8_000;

upstreamBug(
  {
    library: 'node',
    symptom: 'what is bound to an AsyncResource outlives young collections',
    workaround: 'mesh/runtime/transport/bindLightly.ts',
  },
  () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
    const heldBytes = (bind: (resource: AsyncResource, fn: () => unknown) => unknown) => {
      collect();
      const before = getHeapStatistics().used_heap_size;
      for (let i = 0; i < BOUND; i++) {
        const held = new Array(HELD_BYTES / 8).fill(i);
        bind(new AsyncResource('test'), () => held);
      }
      collect({ type: 'minor' });
      collect({ type: 'minor' });
      return getHeapStatistics().used_heap_size - before;
    };
    const plain = heldBytes((resource, fn) => resource.runInAsyncScope.bind(resource, fn));
    const bound = heldBytes((resource, fn) => resource.bind(fn));
    const all = BOUND * HELD_BYTES;
    return plain < all / 4 && bound > all / 2;
  },
);
