import { defineAgent, fatal, type Judgement } from '@tutti/agent';
import { z } from 'zod';
import { deskInput, workAtDesk } from './desk.ts';
import { understand } from './idea/understand.ts';
import { architectureOutput, writeArchitecture } from './papers/architecture.ts';
import { briefOutput, writeBrief } from './papers/brief.ts';
import { experienceOutput, writeExperience } from './papers/experience.ts';
import { implementationOutput, writeImplementation } from './papers/implementation.ts';
import { qualityOutput, writeQuality } from './papers/quality.ts';
import { requirementsOutput, writeRequirements } from './papers/requirements.ts';
import { reviewArchitecture, reviewExperience } from './papers/reviews.ts';

const document = { document: z.string() };
const brief = briefOutput.shape;
const requirements = requirementsOutput.shape;

export const analyst = defineAgent({
  name: 'analyst',
  input: z.object(deskInput),
  output: briefOutput.extend(document),
  async run(call) {
    const paper = { template: '01-analyst', notes: ['reading the idea', 'who is it for', 'what it brings with it'] };
    return workAtDesk(call, paper, () => writeBrief(understand(call.input.idea)));
  },
});

export const pm = defineAgent({
  name: 'pm',
  input: z.object({
    ...deskInput,
    analyst: z.object({ project_brief: brief.project_brief, target_users: brief.target_users }),
  }),
  output: requirementsOutput.extend(document),
  async run(call) {
    const paper = { template: '02-pm', notes: ['personas', 'user stories', 'requirements'] };
    return workAtDesk(call, paper, () => writeRequirements(call.input.analyst));
  },
});

type Review = (work: unknown) => Judgement;

/** The review of a step's work; nobody here knows what to look at in the work of others. */
function reviewed(of: string, reviews: Readonly<Record<string, Review>>, work: unknown): Judgement {
  const review = reviews[of];
  if (review === undefined) throw fatal(`Nobody has written down what to look at in the work of ${of}`);
  return review(work);
}

export const uxExpert = defineAgent({
  name: 'ux_expert',
  input: z.object({
    ...deskInput,
    pm: z.object({ user_stories: requirements.user_stories, user_personas: requirements.user_personas }),
    analyst: z.object({ target_users: brief.target_users }),
  }),
  output: experienceOutput.extend(document),
  async run(call) {
    const paper = { template: '03-ux_expert', notes: ['journeys', 'screens', 'components', 'states'] };
    return workAtDesk(call, paper, () => writeExperience(call.input.idea, call.input.pm));
  },
  validate: ({ of, ...work }) => reviewed(of, { architect: reviewArchitecture }, work),
});

export const architect = defineAgent({
  name: 'architect',
  input: z.object({
    ...deskInput,
    pm: z.object({
      functional_requirements: requirements.functional_requirements,
      non_functional_requirements: requirements.non_functional_requirements,
    }),
    analyst: z.object({ technical_constraints: brief.technical_constraints }),
  }),
  output: architectureOutput.extend(document),
  async run(call) {
    const { idea, pm: asked, analyst: found } = call.input;
    const paper = { template: '04-architect', notes: ['modules', 'data', 'interfaces', 'technology'] };
    return workAtDesk(call, paper, () => writeArchitecture({ idea, ...asked, ...found }));
  },
  validate: ({ of, ...work }) => reviewed(of, { ux_expert: reviewExperience }, work),
});

/** Design and architecture may be missing: their barrier lets the run go on with the one that is there. */
const design = experienceOutput.pick({ ui_spec: true }).partial().optional();
const system = architectureOutput.pick({ system_architecture: true, api_specifications: true }).partial().optional();

export const developer = defineAgent({
  name: 'developer',
  input: z.object({
    ...deskInput,
    pm: z.object({ user_stories: requirements.user_stories }),
    ux_expert: design,
    architect: system,
  }),
  output: implementationOutput.extend(document),
  async run(call) {
    const { pm: asked, ux_expert: designed, architect: drawn } = call.input;
    const paper = { template: '05-developer', notes: ['tasks', 'order and effort', 'schema', 'layout'] };
    return workAtDesk(call, paper, () => writeImplementation({ ...asked, ...designed, ...drawn }));
  },
});

export const qa = defineAgent({
  name: 'qa',
  input: z.object({
    ...deskInput,
    pm: z.object({
      user_stories: requirements.user_stories,
      non_functional_requirements: requirements.non_functional_requirements,
    }),
    ux_expert: design,
    architect: system,
    developer: z.object({ tasks: implementationOutput.shape.tasks }),
  }),
  output: qualityOutput.extend(document),
  async run(call) {
    const { idea, pm: asked, ux_expert: designed, architect: drawn, developer: planned } = call.input;
    const paper = { template: '06-qa', notes: ['test cases', 'coverage', 'gaps'] };
    return workAtDesk(call, paper, () => writeQuality({ idea, ...asked, ...designed, ...drawn, ...planned }));
  },
});

export default [analyst, pm, uxExpert, architect, developer, qa];
