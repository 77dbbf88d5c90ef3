import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientGrpc,
  ClientProxyFactory,
  GrpcMethod,
  type GrpcOptions,
  Transport,
} from '@nestjs/microservices';
import type { EchoRequest, EchoResponse } from '@weft/proto/bench/v1/echo';
import { firstValueFrom, type Observable } from 'rxjs';
import { freePort } from '../../../mesh/runtime/server/freePort.ts';
import type { UnaryPeer } from '../UnaryPeer.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const contract = {
  package: 'bench.v1',
  protoPath: 'bench/v1/echo.proto',
  loader: { includeDirs: [join(root, 'proto'), join(root, 'third_party')], longs: Number },
};

class EchoController {
  echo(request: EchoRequest): EchoResponse {
    return request;
  }
}
class EchoModule {}
// Decorators applied by hand: Node strips types and does not transform decorators.
const method = Object.getOwnPropertyDescriptor(EchoController.prototype, 'echo');
GrpcMethod('EchoService', 'Echo')(EchoController.prototype, 'echo', method as PropertyDescriptor);
Controller()(EchoController);
Module({ controllers: [EchoController] })(EchoModule);

/** NestJS microservices over gRPC with client certificates. */
export const peer: UnaryPeer = {
  name: 'NestJS gRPC, mTLS',

  async serve({ tls }) {
    const read = (file: string) => readFileSync(join(tls, file));
    const address = `127.0.0.1:${await freePort()}`;
    const credentials = grpc.ServerCredentials.createSsl(
      read('roots.pem'),
      [{ cert_chain: read('cert.pem'), private_key: read('key.pem') }],
      true,
    );
    const app = await NestFactory.createMicroservice<GrpcOptions>(EchoModule, {
      transport: Transport.GRPC,
      options: { ...contract, url: address, credentials },
      logger: ['error'],
    });
    await app.listen();
    return { address, close: () => app.close() };
  },

  async connect({ tls }, address) {
    const read = (file: string) => readFileSync(join(tls, file));
    const credentials = grpc.credentials.createSsl(
      read('roots.pem'),
      read('key.pem'),
      read('cert.pem'),
      // The certificate names a SPIFFE id and no host.
      { checkServerIdentity: () => undefined },
    );
    const client = ClientProxyFactory.create({
      transport: Transport.GRPC,
      options: { ...contract, url: address, credentials },
    }) as unknown as ClientGrpc & { close(): void };
    const echo = client.getService<{ echo(request: EchoRequest): Observable<EchoResponse> }>(
      'EchoService',
    );
    return {
      echo: (request) => firstValueFrom(echo.echo(request)),
      close: async () => client.close(),
    };
  },
};
