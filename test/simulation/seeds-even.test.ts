import { fixedSeeds, runSeeds } from './seeds.ts';

runSeeds(fixedSeeds(0, 2));
