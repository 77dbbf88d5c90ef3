/**
 * Whether a value certainly obeys its rules. False means "perhaps not": protovalidate then looks at the whole
 * message, decides, and finds the words. So a fast check may refuse too much, and must never let too much pass.
 */
export type Predicate<Value = unknown> = (value: Value) => boolean;
