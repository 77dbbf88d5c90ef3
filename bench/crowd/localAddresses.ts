/** The first that is given out; those before are of callers who come one by one. */
const FIRST = 10 << 16;
const LAST = 255 << 16;

/**
 * Addresses of this machine (127.0.0.0/8), each once: a crowd whose addresses had come before would meet what the edge
 * has counted of them. Each process has its own share of them, by its process id.
 */
export function* localAddresses(): Generator<string, never> {
  for (let next = FIRST + ((process.pid * 4_096) % (LAST - FIRST)); ; next++) {
    if (next >= LAST) next = FIRST;
    yield `127.${next >> 16}.${(next >> 8) & 255}.${next & 255}`;
  }
}
