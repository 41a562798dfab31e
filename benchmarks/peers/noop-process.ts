/**
 * What Sallyport would be if it looked at nothing: the same engine gives to each question the answer that Sallyport gave once, to
 * a call that it allowed. Arguments: engine, socket. Prints "ready".
 */
import { createGrpcJsServer } from '../../src/transports/grpc/grpc-js-server.ts';
import { createHealth } from '../../src/transports/grpc/health.ts';
import { createGrpcServer, type StreamCall } from '../../src/transports/grpc/server.ts';
import { readRecorded } from './recorded.ts';
import { ACCESS_LOGS, CHECK, PROCESS } from './services.ts';

const [engine, socket = ''] = process.argv.slice(2);
const { answers } = await readRecorded();
const health = createHealth(['envoy.service.auth.v3.Authorization', 'envoy.service.ext_proc.v3.ExternalProcessor']);
health.setServing(true);
/** First byte of a ProcessingRequest, which says of what it is, to the answer. */
const byTag = new Map([0x12, 0x22, 0x1a, 0x2a].map((tag, index) => [tag, answers.process[index]] as const));

const server = (engine === 'grpc-js' ? createGrpcJsServer : createGrpcServer)({
  address: { kind: 'socket', path: socket },
  methods: new Map([[CHECK, async () => answers.check], ...health.methods]),
  streams: new Map([
    [PROCESS, answerEach],
    [ACCESS_LOGS, takeAll],
  ]),
  maxMessageBytes: 9 * 1024 * 1024,
  onError: console.error,
});
await server.listen();
console.log('ready');

async function answerEach(call: StreamCall): Promise<void> {
  for await (const message of call.messages) {
    const answer = byTag.get(message[0] ?? 0);
    if (answer === undefined) throw new Error(`no answer to a message that begins with ${message[0]}`);
    await call.send(answer);
  }
}

async function takeAll(call: StreamCall): Promise<void> {
  for await (const _ of call.messages);
}
