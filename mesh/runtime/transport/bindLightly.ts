import { AsyncResource } from 'node:async_hooks';

// biome-ignore lint/suspicious/noExplicitAny: as Node declares it
type Bound = (...values: any[]) => any;

/**
 * Lets a request of Node's HTTP/2 client be collected as garbage when it is young. Node binds each to its
 * AsyncResource, and gives the bound function a deprecated property with accessors of its own; V8 describes such a
 * function in its old space, which keeps the accessors, and with them the stream and all that hangs on it, until a full
 * collection. Each young collection meanwhile copies them.
 *
 * Holds for all of the process. What bind() answers then has neither that property, `asyncResource`, nor the length of
 * the function that was bound.
 */
export function bindLightly(): void {
  AsyncResource.prototype.bind = function bind(
    this: AsyncResource,
    fn: Bound,
    thisArg?: unknown,
  ): never {
    const resource = this;
    if (thisArg !== undefined) return resource.runInAsyncScope.bind(resource, fn, thisArg) as never;
    return function (this: unknown, ...values: unknown[]) {
      return resource.runInAsyncScope(fn, this, ...values);
    } as never;
  };
}
