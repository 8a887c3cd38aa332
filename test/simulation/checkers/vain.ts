/** What is not wanted is stopped: some seconds after the last run has ended, no agent works that heeds its signal. */
import type { Checker } from './evidence.ts';

export const nobodyWorksInVain: Checker = ({ converged, working }) =>
  converged ? working.map((attempt) => `${attempt} is still worked on though its run has ended`) : [];
