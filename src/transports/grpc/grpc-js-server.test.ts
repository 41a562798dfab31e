import { testCalls } from './engine-calls.fixture.ts';
import { testConnections } from './engine-connections.fixture.ts';
import { testStreams } from './engine-streams.fixture.ts';
import { testTls } from './engine-tls.fixture.ts';
import { createGrpcJsServer } from './grpc-js-server.ts';

testCalls('createGrpcJsServer()', createGrpcJsServer);
testConnections('createGrpcJsServer()', createGrpcJsServer);
testStreams('createGrpcJsServer()', createGrpcJsServer);
testTls('createGrpcJsServer()', createGrpcJsServer);
