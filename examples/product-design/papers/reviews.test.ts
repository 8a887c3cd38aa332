import { describe, expect, it } from 'vitest';
import { understand } from '../idea/understand.ts';
import { writeArchitecture } from './architecture.ts';
import { writeBrief } from './brief.ts';
import { writeExperience } from './experience.ts';
import { writeRequirements } from './requirements.ts';
import { reviewArchitecture, reviewExperience } from './reviews.ts';

const idea = 'A web app where teachers create quizzes and students practise them.';
const brief = writeBrief(understand(idea));
const pm = writeRequirements(brief);
const ux = writeExperience(idea, pm);
const architecture = writeArchitecture({ idea, ...pm, ...brief });

describe('the reviews of each other', () => {
  it('find nothing where every story has a screen, and every requirement an endpoint', () => {
    expect(reviewExperience({ input: { pm }, output: ux })).toEqual({ ok: true, findings: [] });
    expect(reviewArchitecture({ input: { pm }, output: architecture })).toEqual({ ok: true, findings: [] });
  });

  it('name the story without a screen, and the requirement without an endpoint', () => {
    const bare = { ...ux, ui_spec: { ...ux.ui_spec, screens: [] } };
    const first = pm.user_stories[0]!;
    const { ok, findings } = reviewExperience({ input: { pm }, output: bare });
    expect([ok, findings.length]).toEqual([false, pm.user_stories.length]);
    expect(findings[0]).toMatchObject({ path: '/ui_spec/screens', message: expect.stringContaining(first.id) });
    const endpoints = architecture.api_specifications.endpoints.map((each) => ({ ...each, stories: [] }));
    const mute = { ...architecture, api_specifications: { ...architecture.api_specifications, endpoints } };
    expect(reviewArchitecture({ input: { pm }, output: mute }).findings).toHaveLength(
      pm.functional_requirements.length,
    );
  });
});
