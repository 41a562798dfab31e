import { whyNoPython } from '../servers/python/python-part.ts';
import { startPython } from '../servers/python/start-python.ts';
import { testGuardedServer } from './hostile-calls.ts';

testGuardedServer(startPython, 'py', whyNoPython());
