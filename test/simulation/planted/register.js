/** `node --import …/register.js`, before anything else: plants the bugs that `TUTTI_PLANTED` lists. */
import { register } from 'node:module';

register('./hooks.js', import.meta.url, { data: JSON.parse(process.env.TUTTI_PLANTED ?? '[]') });
