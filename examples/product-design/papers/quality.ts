import { z } from 'zod';
import { concernsOf } from '../idea/concerns.ts';
import type { Architecture } from './architecture.ts';
import type { Experience } from './experience.ts';
import type { Implementation } from './implementation.ts';
import type { Requirements, Story } from './requirements.ts';

const testCase = z.object({
  id: z.string(),
  title: z.string(),
  level: z.enum(['story', 'interface', 'quality', 'concern']),
  /** Ids of the stories, endpoints or requirements it holds up. */
  covers: z.array(z.string()).min(1),
});

export const qualityOutput = z.object({
  test_cases: z.array(testCase).min(1),
  coverage: z.array(
    z.object({
      story: z.string(),
      cases: z.number(),
      screens: z.array(z.string()),
      endpoints: z.array(z.string()),
      tasks: z.array(z.string()),
    }),
  ),
  gaps: z.array(z.string()),
  release_gate: z.array(z.string()),
});
export type Quality = z.infer<typeof qualityOutput>;
type TestCase = z.infer<typeof testCase>;

export interface QualityInput {
  readonly idea: string;
  readonly user_stories: readonly Story[];
  readonly non_functional_requirements: Requirements['non_functional_requirements'];
  readonly ui_spec?: Experience['ui_spec'] | undefined;
  readonly api_specifications?: Architecture['api_specifications'] | undefined;
  readonly tasks: Implementation['tasks'];
}

const MEANING: Readonly<Record<number, string>> = {
  401: 'without an account',
  404: 'for an id that does not exist',
  409: 'when the state has changed meanwhile',
  422: 'with a missing required field',
};

/** The tester's part: cases traced to stories, what nothing covers, and what a release needs. */
export function writeQuality(input: QualityInput): Quality {
  const cases = casesOf(input);
  const coverage = input.user_stories.map(({ id }) => coverageOf(id, cases, input));
  return { test_cases: cases, coverage, gaps: gapsOf(coverage, input), release_gate: gateOf(cases, input) };
}

function casesOf({ idea, user_stories, non_functional_requirements, api_specifications }: QualityInput): TestCase[] {
  const rows: Omit<TestCase, 'id'>[] = [
    ...user_stories.flatMap(({ id, acceptance_criteria }) =>
      acceptance_criteria.map((title) => ({ title, level: 'story' as const, covers: [id] })),
    ),
    ...(api_specifications?.endpoints ?? []).flatMap(({ id, method, path, errors }) =>
      errors.map((status) => ({
        title: `${method} ${path} answers ${status} ${MEANING[status] ?? ''}`.trim(),
        level: 'interface' as const,
        covers: [id],
      })),
    ),
    ...non_functional_requirements.map(({ id, text, measure }) => ({
      title: `${text}: ${measure}`,
      level: 'quality' as const,
      covers: [id],
    })),
    ...concernsOf(idea).map(({ name, test }) => ({ title: test, level: 'concern' as const, covers: [name] })),
  ];
  return rows.map((row, index) => ({ id: `TC-${index + 1}`, ...row }));
}

function coverageOf(story: string, cases: readonly TestCase[], input: QualityInput): Quality['coverage'][number] {
  const ids = (rows: readonly { readonly id: string; readonly stories: readonly string[] }[] | undefined): string[] =>
    (rows ?? []).filter(({ stories }) => stories.includes(story)).map(({ id }) => id);
  return {
    story,
    cases: cases.filter(({ covers }) => covers.includes(story)).length,
    screens: ids(input.ui_spec?.screens),
    endpoints: ids(input.api_specifications?.endpoints),
    tasks: ids(input.tasks),
  };
}

function gapsOf(coverage: Quality['coverage'], { ui_spec, api_specifications }: QualityInput): string[] {
  const whole = [
    ...(ui_spec === undefined ? ['There is no design: no story has a screen yet.'] : []),
    ...(api_specifications === undefined ? ['There is no architecture: no story has an endpoint yet.'] : []),
  ];
  const single = coverage.flatMap(({ story, cases, screens, endpoints, tasks }) => [
    ...(cases === 0 ? [`${story} has no test case.`] : []),
    ...(ui_spec !== undefined && screens.length === 0 ? [`${story} has no screen.`] : []),
    ...(api_specifications !== undefined && endpoints.length === 0 ? [`${story} has no endpoint.`] : []),
    ...(tasks.length === 0 ? [`${story} has no task.`] : []),
  ]);
  return [...whole, ...single];
}

function gateOf(cases: readonly TestCase[], { user_stories }: QualityInput): string[] {
  const must = user_stories.filter(({ priority }) => priority === 'must').map(({ id }) => id);
  const first = cases.filter(({ covers }) => covers.some((id) => must.includes(id))).length;
  return [
    `All ${first} cases of the stories that are a "must" pass (${must.join(', ')}).`,
    'Every interface answers its errors as specified.',
    'No open gap in the list above.',
    'A restore from backup was rehearsed with this version.',
  ];
}
