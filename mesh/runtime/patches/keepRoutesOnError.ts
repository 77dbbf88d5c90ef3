import { experimental, logVerbosity } from '@grpc/grpc-js';
import { expectMethods, type Patch } from './Patch.ts';

/** The part of XdsResolver that is used. */
interface XdsResolver {
  handleXdsConfig(config: object): Promise<void>;
  reportResolutionError(reason: string): void;
}

/**
 * Keeps the routes that a client has when it cannot make those that come next, such as one with a regular expression that is
 * none. grpc-js-xds makes them in an async function that nobody waits for: what it throws is a rejection that nobody handles,
 * and ends the process, at each start anew.
 */
export const keepRoutesOnError: Patch<{ readonly XdsResolver: object }> = {
  name: 'keepRoutesOnError',
  stage: 'registered',
  touches: '@grpc/grpc-js-xds: XdsResolver.handleXdsConfig',
  without: 'routes that it cannot make end a client, at each start anew',
  upstream: 'docs/upstream.md#keeproutesonerror',
  targets() {
    // The class itself is not exported.
    const probe = experimental.createResolver({ scheme: 'xds', path: 'weft' }, () => true, {});
    probe.destroy();
    return { XdsResolver: probe.constructor };
  },
  apply({ XdsResolver }) {
    const prototype = expectMethods<XdsResolver>(
      'XdsResolver',
      (XdsResolver as { prototype?: unknown }).prototype,
      { handleXdsConfig: 1, reportResolutionError: 1 },
    );
    const { handleXdsConfig } = prototype;
    const resolved = new WeakSet<XdsResolver>();
    prototype.handleXdsConfig = async function (this: XdsResolver, config) {
      try {
        await handleXdsConfig.call(this, config);
        resolved.add(this);
      } catch (error) {
        const reason = `routes that cannot be made: ${(error as Error).message}`;
        experimental.log(logVerbosity.ERROR, `xDS: ${reason}`);
        if (!resolved.has(this)) this.reportResolutionError(reason);
      }
    };
  },
};
