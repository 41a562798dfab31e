import { testCalls } from './engine-calls.fixture.ts';
import { testConnections } from './engine-connections.fixture.ts';
import { createGrpcJsServer } from './grpc-js-server.ts';

testCalls('createGrpcJsServer()', createGrpcJsServer);
testConnections('createGrpcJsServer()', createGrpcJsServer);
