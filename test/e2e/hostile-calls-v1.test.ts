import { startV1 } from '../servers/v1/start-v1.ts';
import { testGuardedServer } from './hostile-calls.ts';

testGuardedServer(startV1, 'v1', false);
