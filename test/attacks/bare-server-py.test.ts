import { whyNoPython } from '../servers/python/python-part.ts';
import { startPython } from '../servers/python/start-python.ts';
import { testBareServer } from './bare-server.ts';

testBareServer(startPython, 'py', whyNoPython());
