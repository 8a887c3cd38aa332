/** What designer and architect say of each other's work: whether everything that was asked for is in it. */
import type { Finding, Judgement } from '@tutti/agent';
import { z } from 'zod';
import { architectureOutput } from './architecture.ts';
import { experienceOutput } from './experience.ts';
import { requirementsOutput } from './requirements.ts';

const { user_stories, functional_requirements } = requirementsOutput.shape;
const designed = z.object({
  input: z.object({ pm: z.object({ user_stories }) }),
  output: experienceOutput,
});
const drawn = z.object({
  input: z.object({ pm: z.object({ functional_requirements }) }),
  output: architectureOutput,
});

/** The architect on the design: every story has a screen. */
export function reviewExperience(work: unknown): Judgement {
  const { input, output } = designed.parse(work);
  const shown = new Set(output.ui_spec.screens.flatMap(({ stories }) => stories));
  return verdict(
    input.pm.user_stories
      .filter(({ id }) => !shown.has(id))
      .map(({ id, text }) => missing('/ui_spec/screens', `no screen serves story ${id}: ${text}`)),
  );
}

/** The designer on the architecture: every requirement has an endpoint that serves its story. */
export function reviewArchitecture(work: unknown): Judgement {
  const { input, output } = drawn.parse(work);
  const served = new Set(output.api_specifications.endpoints.flatMap(({ stories }) => stories));
  return verdict(
    input.pm.functional_requirements
      .filter(({ story }) => !served.has(story))
      .map(({ id, text }) => missing('/api_specifications/endpoints', `no endpoint serves requirement ${id}: ${text}`)),
  );
}

const missing = (path: string, message: string): Finding => ({ path, message, severity: 'error' });
const verdict = (findings: readonly Finding[]): Judgement => ({ ok: findings.length === 0, findings });
