import { fixedSeeds, runSeeds } from './seeds.ts';

runSeeds(fixedSeeds(1, 2));
