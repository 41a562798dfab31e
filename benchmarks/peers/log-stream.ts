import type { GrpcConnection, GrpcStream } from './grpc-connection.ts';
import { BLANK, type Recorded, Template } from './recorded.ts';
import { ACCESS_LOGS } from './services.ts';

/** Envoy's access log on one connection: one stream, which goes on from round to round. */
export class LogStream {
  readonly #connection: GrpcConnection;
  readonly #first: Template;
  #stream: GrpcStream | undefined;

  constructor(connection: GrpcConnection, { logs }: Recorded) {
    this.#connection = connection;
    this.#first = new Template(logs.first, [BLANK.decisionId]);
  }

  /** Sends an entry about one decision; the first one says at length who Envoy is, whatever it is about. */
  async report(entry: Template, decisionId: string): Promise<void> {
    const begun = this.#stream;
    this.#stream = begun ?? this.#connection.stream(ACCESS_LOGS);
    await this.#stream.send((begun === undefined ? this.#first : entry).filled(BLANK.decisionId, decisionId));
  }
}
