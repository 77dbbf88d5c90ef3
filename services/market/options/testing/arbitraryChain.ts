import fc from 'fast-check';

/** Strikes in rising order, with contracts of call and put at each; some chains have none at all. */
export const arbitraryChain = fc
  .array(
    fc.record({ step: fc.integer({ min: 1, max: 50 }), call: fc.nat(5_000), put: fc.nat(5_000) }),
    { minLength: 1, maxLength: 41 },
  )
  .map((rows) => {
    let strike = 100;
    return {
      strikes: rows.map(({ step }) => {
        strike += step;
        return strike;
      }),
      calls: rows.map(({ call }) => call),
      puts: rows.map(({ put }) => put),
    };
  });
