import { startV2 } from '../servers/v2/start-v2.ts';
import { testGuardedServer } from './hostile-calls.ts';

testGuardedServer(startV2, 'v2', false);
