import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { ConsulClient } from '@weft/mesh/consul';
import { CliError } from '../CliError.ts';
import { describeFailure } from '../call/describeFailure.ts';
import { MeshAccess } from '../call/MeshAccess.ts';
import { readCatalog } from '../entries/readCatalog.ts';

/** A method of a contract that the command has, as ts-proto generates it. */
interface Method<Request, Response> {
  readonly name: string;
  readonly requestType: { encode(message: Request): { finish(): Uint8Array } };
  readonly responseType: { decode(bytes: Uint8Array): Response };
}

/** The identity that services know the operator by. */
const OPERATOR = 'cli';
const TIMEOUT_MS = 15_000;

/** What services show to operators alone, in as many services as there are: a gRPC service that the kit serves. */
export class OperatedServices {
  readonly #consul: ConsulClient;
  readonly #access: MeshAccess;
  readonly #service: string;

  private constructor(consul: ConsulClient, access: MeshAccess, service: string) {
    this.#consul = consul;
    this.#access = access;
    this.#service = service;
  }

  /**
   * @param service Full name of the gRPC service.
   * @throws ConsulError when Consul gives no certificate.
   */
  static async open(consul: ConsulClient, service: string): Promise<OperatedServices> {
    const access = await MeshAccess.open(consul, OPERATOR, AbortSignal.timeout(TIMEOUT_MS));
    return new OperatedServices(consul, access, service);
  }

  /** Opens them for as long as something is done. @param service Full name of the gRPC service. */
  static async use<Result>(
    consul: ConsulClient,
    service: string,
    work: (services: OperatedServices) => Promise<Result>,
  ): Promise<Result> {
    const services = await OperatedServices.open(consul, service);
    try {
      return await work(services);
    } finally {
      await services.close();
    }
  }

  /** Names in Consul of the services that serve it. */
  async names(): Promise<string[]> {
    const names = [...(await readCatalog(this.#consul))].sort();
    const serve = await Promise.all(
      names.map(async (name) => {
        const path = `/catalog/service/${encodeURIComponent(name)}`;
        const { value } = await this.#consul.read<{ ServiceMeta?: Record<string, string> }[]>(path);
        return value.some(({ ServiceMeta }) =>
          (ServiceMeta?.['weft-grpc'] ?? '').split(',').includes(this.#service),
        );
      }),
    );
    return names.filter((_, index) => serve[index]);
  }

  /**
   * The named one, or all that serve it.
   *
   * @throws CliError for one that does not, with those that do.
   */
  async chosen(name: string | undefined): Promise<string[]> {
    const names = await this.names();
    if (name === undefined) return names;
    if (names.includes(name)) return [name];
    const all = names.join(', ') || 'none';
    throw new CliError(`No instance of "${name}" serves ${this.#service}; it is served by: ${all}`);
  }

  /** @throws CliError when the call fails. */
  call<Request, Response>(
    meshService: string,
    { name, requestType, responseType }: Method<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const client = new Client('', credentials.createInsecure(), {
      channelOverride: this.#access.channel(meshService),
    });
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/${this.#service}/${name}`,
        (message: Request) => Buffer.from(requestType.encode(message).finish()),
        (bytes: Buffer) => responseType.decode(bytes),
        request,
        new Metadata(),
        { deadline: Date.now() + TIMEOUT_MS },
        (error: ServiceError | null, response?: Response) => {
          if (response !== undefined && !error) return resolve(response);
          const why = error ? describeFailure(error) : 'there was no answer';
          reject(new CliError(`${meshService}: ${why}`, { cause: error }));
        },
      );
    });
  }

  /**
   * A call whose answers come one after the other, for as long as they are read.
   *
   * @throws CliError when the call fails.
   */
  async *stream<Request, Response>(
    meshService: string,
    { name, requestType, responseType }: Method<Request, Response>,
    request: Request,
  ): AsyncGenerator<Response, void> {
    const client = new Client('', credentials.createInsecure(), {
      channelOverride: this.#access.channel(meshService),
    });
    const call = client.makeServerStreamRequest(
      `/${this.#service}/${name}`,
      (message: Request) => Buffer.from(requestType.encode(message).finish()),
      (bytes: Buffer) => responseType.decode(bytes),
      request,
      new Metadata(),
    );
    try {
      for await (const response of call) yield response;
    } catch (error) {
      const why = describeFailure(error as ServiceError);
      throw new CliError(`${meshService}: ${why}`, { cause: error });
    } finally {
      call.cancel();
    }
  }

  close(): Promise<void> {
    return this.#access.close();
  }
}
