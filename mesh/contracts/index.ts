export { Contracts } from './Contracts.ts';
export type { HttpBinding, MethodContract, RateLimit } from './MethodContract.ts';
