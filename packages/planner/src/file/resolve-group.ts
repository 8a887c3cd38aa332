import {
  type BarrierSpec,
  type CrossValidation,
  DEFAULT_BARRIER,
  DEFAULT_VALIDATION_TIMEOUT_MS,
  type WorkflowFile,
  type WorkflowGroup,
  type WorkflowJson,
} from '@tutti/contracts';
import type { BarrierLayer, GroupDraft } from './draft.ts';
import type { Resolution } from './resolution.ts';
import { didYouMean } from './suggest.ts';

export function resolveGroup(r: Resolution, draft: GroupDraft): WorkflowGroup {
  const crossValidation = resolveCrossValidation(r, draft);
  return {
    id: draft.id,
    ...(draft.name === undefined ? {} : { name: draft.name }),
    steps: draft.members.map(({ id }) => id),
    parallel: draft.parallel,
    ...(r.hasBarrier(draft) ? { barrier: resolveBarrier(r, draft) } : {}),
    ...(crossValidation === undefined ? {} : { crossValidation }),
  };
}

function resolveBarrier(r: Resolution, draft: GroupDraft): BarrierSpec {
  const barrier = draft.barrierLayers.reduce(refine, barrierDefaults(r.file));
  const { successCriteria } = barrier;
  if (successCriteria.kind === 'quorum' && successCriteria.count > draft.members.length) {
    const message = `the group "${draft.id}" has ${draft.members.length} members; ${successCriteria.count} can never succeed`;
    r.findings.add('bad_value', r.locate(draft.path, 'key'), message);
  }
  return barrier;
}

/** The block `barrier_synchronization` changes the defaults of every barrier. */
function barrierDefaults(file: WorkflowFile): BarrierSpec {
  const handling = file.barrier_synchronization?.timeout_handling;
  const strategies = handling?.timeout_strategies;
  const fallback = strategies?.abort_and_fallback?.action;
  return {
    ...DEFAULT_BARRIER,
    timeoutMs: handling?.default_timeout ?? DEFAULT_BARRIER.timeoutMs,
    successCriteria: strategies?.continue_with_partial?.condition ?? DEFAULT_BARRIER.successCriteria,
    extension: {
      byMs: strategies?.extend_timeout?.extension ?? DEFAULT_BARRIER.extension.byMs,
      max: strategies?.extend_timeout?.max_extensions ?? DEFAULT_BARRIER.extension.max,
    },
    fallback: fallback === 'fail_run' ? 'none' : DEFAULT_BARRIER.fallback,
    ...readNotices(strategies),
  };
}

type Strategies = NonNullable<
  NonNullable<WorkflowFile['barrier_synchronization']>['timeout_handling']
>['timeout_strategies'];

function readNotices(strategies: Strategies): Pick<BarrierSpec, 'notices'> {
  const partial = noticeOf(strategies?.continue_with_partial);
  const aborted = noticeOf(strategies?.abort_and_fallback);
  if (partial === undefined && aborted === undefined) return {};
  return { notices: { ...(partial && { partial }), ...(aborted && { aborted }) } };
}

function noticeOf(written: { quality_impact?: string | undefined; notification?: string | undefined } | undefined) {
  const { quality_impact: qualityImpact, notification } = written ?? {};
  if (qualityImpact === undefined && notification === undefined) return undefined;
  return {
    ...(qualityImpact === undefined ? {} : { qualityImpact }),
    ...(notification === undefined ? {} : { notification }),
  };
}

function refine(base: BarrierSpec, layer: BarrierLayer): BarrierSpec {
  const handling = layer.partial_failure_handling;
  const isAbort = handling === 'abort' || handling === 'abort_and_fallback';
  return {
    ...base,
    timeoutMs: layer.timeout ?? base.timeoutMs,
    successCriteria: layer.success_criteria ?? base.successCriteria,
    partialFailureHandling:
      handling === undefined ? base.partialFailureHandling : isAbort ? 'abort' : 'continue_with_available_results',
    extension: { byMs: layer.extension ?? base.extension.byMs, max: layer.max_extensions ?? base.extension.max },
    fallback: handling === 'abort' ? 'none' : handling === 'abort_and_fallback' ? 'sequential' : base.fallback,
    defaults: { ...base.defaults, ...(layer.defaults as Record<string, WorkflowJson> | undefined) },
  };
}

function resolveCrossValidation(r: Resolution, draft: GroupDraft): CrossValidation | undefined {
  const written = draft.crossValidation;
  if (written === undefined) return undefined;
  const agents = written.validation_agents ?? draft.members.map(({ agent }) => agent);
  agents.forEach((agent, index) => {
    if (r.names.stepsOf(agent).length > 0) return;
    const at = r.locate([...written.path, 'validation_agents', index]);
    const suggestion = () =>
      didYouMean(
        agent,
        draft.members.map((member) => member.agent),
      );
    r.findings.add('unknown_agent', at, `no step of this workflow has the agent "${agent}"`, { suggestion });
  });
  return {
    enabled: written.enabled ?? true,
    agents,
    timeoutMs: written.validation_timeout ?? DEFAULT_VALIDATION_TIMEOUT_MS,
  };
}
