/** What a field of the schema may cost, as its `extensions.weft` says. */
export interface FieldCost {
  /** Calls that its method costs, wherever it stands. Default: none. */
  readonly calls?: number;
  /** The argument that says how long the lists of its answer are. Default: none. */
  readonly pageSize?: string | undefined;
  /** How long its list may be; undefined: nobody says. Default: 1, for it is none. */
  readonly list?: number | undefined;
  /** It asks for resources by their ids, so many in one call. */
  readonly links?: number;
}
