import { startV2 } from '../servers/v2/start-v2.ts';
import { testBareServer } from './bare-server.ts';

testBareServer(startV2, 'v2', false);
