/** Agents that are programs: each attempt is a process of its own. */
import { fileURLToPath } from 'node:url';
import { commandAgent } from '@tutti/agent';

const PROGRAM = fileURLToPath(new URL('program.js', import.meta.url));

export const program = commandAgent('program', { command: [process.execPath, PROGRAM] });
