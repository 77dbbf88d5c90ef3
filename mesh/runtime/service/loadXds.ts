import { InternalChannel } from '@grpc/grpc-js/build/src/internal-channel.js';
import { RetryingCall } from '@grpc/grpc-js/build/src/retrying-call.js';
import { BaseServerInterceptingCall } from '@grpc/grpc-js/build/src/server-interceptors.js';
import { Http2SubchannelCall } from '@grpc/grpc-js/build/src/subchannel-call.js';
import { xdsEnvironment } from '../identity/bootstrap.ts';
import type { IdentityFiles } from '../identity/identityFiles.ts';
import { applyPatches, type PatchOptions } from '../patches/applyPatches.ts';
import { watchDenials } from '../permission/watchDenials.ts';
import { type AnsweringCall, answerAtOnce } from '../transport/answerAtOnce.ts';
import { bindLightly } from '../transport/bindLightly.ts';
import { budgetRetries } from '../transport/budgetRetries.ts';
import { drawHashes, type HashingRoute } from '../transport/drawHashes.ts';
import { failAfterMessages } from '../transport/failAfterMessages.ts';
import {
  forgetEndedCalls,
  type InterceptingCall,
  type SubchannelCall,
} from '../transport/forgetEndedCalls.ts';
import { forgetPriorities, type PriorityPolicy } from '../transport/forgetPriorities.ts';
import { letDrainingFinish } from '../transport/letDrainingFinish.ts';
import { type RetryingCall as RetryableCall, waitForWrites } from '../transport/waitForWrites.ts';
import { type WakingChannel, wakeWhenIdle } from '../transport/wakeWhenIdle.ts';

export type Xds = typeof import('@grpc/grpc-js-xds');

/**
 * Loads grpc-js-xds, which makes `xds:` targets work, and mends of it and of grpc-js what the runtime needs. It reads
 * the environment as it is loaded, so a process has one identity in the mesh, the first.
 *
 * @throws when it has been loaded with another identity.
 */
export async function loadXds(files: IdentityFiles, patches: PatchOptions): Promise<Xds> {
  loaded ??= { bootstrap: files.bootstrap, xds: load(files, patches) };
  if (loaded.bootstrap !== files.bootstrap) {
    throw new Error(`this process is in the mesh already, with ${loaded.bootstrap}`);
  }
  return loaded.xds;
}

let loaded: { readonly bootstrap: string; readonly xds: Promise<Xds> } | undefined;

async function load(files: IdentityFiles, patches: PatchOptions): Promise<Xds> {
  Object.assign(process.env, xdsEnvironment(files));
  letDrainingFinish();
  bindLightly();
  failAfterMessages();
  await applyPatches('import', patches);
  const xds = await import('@grpc/grpc-js-xds');
  await applyPatches('register', patches);
  const { default: registry } = await import('@grpc/grpc-js-xds/build/src/http-filter.js');
  const priorities = await import('@grpc/grpc-js-xds/build/src/load-balancer-priority.js');
  const routes = await import('@grpc/grpc-js-xds/build/src/route-action.js');
  // What these use is private there.
  forgetPriorities(priorities.PriorityLoadBalancer as unknown as { prototype: PriorityPolicy });
  for (const route of [routes.SingleClusterRouteAction, routes.WeightedClusterRouteAction]) {
    drawHashes(route as unknown as { prototype: HashingRoute });
  }
  wakeWhenIdle(InternalChannel as unknown as { prototype: WakingChannel });
  waitForWrites(RetryingCall as unknown as { prototype: RetryableCall });
  forgetEndedCalls(
    Http2SubchannelCall as unknown as { prototype: SubchannelCall },
    BaseServerInterceptingCall as unknown as { prototype: InterceptingCall },
  );
  answerAtOnce(BaseServerInterceptingCall as unknown as { prototype: AnsweringCall });
  watchDenials(registry, () => xds.register());
  budgetRetries();
  await applyPatches('registered', patches);
  return xds;
}
