import { startV1 } from '../servers/v1/start-v1.ts';
import { testBareServer } from './bare-server.ts';

testBareServer(startV1, 'v1', false);
