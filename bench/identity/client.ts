/** Calls the echo service as a service does that serves a call: for nobody, or for one user after the other. */
import { readFileSync } from 'node:fs';
import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { connectMesh } from '@weft/mesh/runtime';
import { EchoServiceDefinition } from '@weft/proto/bench/v1/echo';
import { CallScope } from '../../mesh/runtime/rpc/CallScope.ts';
import type { Measurement } from '../harness/Suite.ts';
import { serveParent } from '../harness/serveParent.ts';
import { drive, type Load } from '../unary/drive.ts';

/** Under one load: how many users' tokens take turns; 0: none. */
export type PrincipalLoad = Load & { readonly users: number };

const tokens = readFileSync(process.env.WEFT_BENCH_TOKENS ?? '', 'utf8').split('\n');
const mesh = await connectMesh({ service: 'bench-client' });
const client = mesh.client(EchoServiceDefinition);
const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

serveParent<PrincipalLoad, Measurement>(undefined, ({ users, ...load }) => {
  let turn = 0;
  return drive(
    {
      echo(request) {
        const scope = new CallScope(span, Infinity);
        if (users > 0) scope.principalToken = tokens[turn++ % users];
        return scope.run(() => client.echo(request));
      },
      close: () => mesh.close(),
    },
    load,
  );
});
