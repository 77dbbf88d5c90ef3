/** The first page of all there is. */
export const wholeRange = {
  ...{ pageSize: 1_000, pageToken: '' },
  ...{ startTime: undefined, endTime: undefined, bucket: undefined },
} as const;
