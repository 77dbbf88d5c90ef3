/** Contracts of puts and calls. */
export interface PutsAndCalls {
  readonly call_volume: number;
  readonly put_volume: number;
  readonly call_open_interest: number;
  readonly put_open_interest: number;
}

/** Counts and their ratios as contracts have them: without a call there is no ratio. */
export function ratiosOf(counts: PutsAndCalls) {
  const { call_volume, put_volume, call_open_interest, put_open_interest } = counts;
  return {
    ...{ callVolume: call_volume, putVolume: put_volume },
    ...{ callOpenInterest: call_open_interest, putOpenInterest: put_open_interest },
    ...(call_volume > 0 && { putCallRatioVolume: put_volume / call_volume }),
    ...(call_open_interest > 0 && {
      putCallRatioOpenInterest: put_open_interest / call_open_interest,
    }),
  };
}
