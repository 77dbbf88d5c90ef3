import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type status,
} from '@grpc/grpc-js';

/** What it is asked. */
export interface SignQuestion {
  /** PEM. */
  readonly csr: string;
  /** "" when there is none. */
  readonly token: string;
}

/** What it answers: a PEM or anything else in its place, or a failure. */
export type SignAnswer = string | { readonly code: status; readonly details: string };

/** Takes gRPC as one of Consul's servers does, to play one that is bad: its answers are the test's. */
export class SignServer {
  /** Such as "127.0.0.1:40001". */
  readonly address: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
  }

  /** @param credentials Default: no TLS. */
  static async start(
    answer: (question: SignQuestion) => SignAnswer | Promise<SignAnswer>,
    credentials = ServerCredentials.createInsecure(),
  ): Promise<SignServer> {
    const server = new Server();
    const sign = async (
      { request, metadata }: ServerUnaryCall<string, string>,
      reply: sendUnaryData<string>,
    ) => {
      const token = String(metadata.get('x-consul-token')[0] ?? '');
      const said = await answer({ csr: request, token });
      if (typeof said === 'string') reply(null, said);
      else reply({ ...said, metadata: new Metadata() });
    };
    server.addService({ sign: SIGN }, { sign });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return new SignServer(server, port);
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

const SIGN = {
  path: '/hashicorp.consul.connectca.ConnectCAService/Sign',
  requestStream: false,
  responseStream: false,
  requestSerialize: (csr: string) => write(1, csr),
  requestDeserialize: (bytes: Buffer) => read(1, bytes),
  responseSerialize: (certificate: string) => write(2, certificate),
  responseDeserialize: (bytes: Buffer) => read(2, bytes),
} as const;

function write(field: number, text: string): Buffer {
  const writer = new BinaryWriter().tag(field, WireType.LengthDelimited).string(text);
  return Buffer.from(writer.finish());
}

function read(field: number, bytes: Buffer): string {
  const reader = new BinaryReader(bytes);
  const [number] = reader.tag();
  if (number !== field) throw new Error(`field ${number}`);
  return reader.string();
}
