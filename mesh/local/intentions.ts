/**
 * What the description of an intention says that `make up` has written. Those it keeps up to date; who changes one takes
 * the words away.
 */
export const MADE_BY_MAKE_UP = 'Added by make up';
