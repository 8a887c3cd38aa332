import { freshSeeds, runSeeds } from './seeds.ts';

runSeeds(freshSeeds());
