/**
 * Promise 3: a context write that was acknowledged is in the final value or in a conflict record, or a later commit that
 * had seen it replaced it. And one version is one commit.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ContextWrite, MessageOf } from '@tutti/contracts';
import { type Checker, contextOf, type Evidence } from './evidence.ts';
import { marred } from './lost.ts';

interface Commit {
  readonly request: MessageOf<'context.commit'>;
  readonly version: number;
}

function commitsOf({ observations }: Evidence): readonly Commit[] {
  return observations.flatMap((seen) => {
    if (seen.kind !== 'answered' || seen.message.type !== 'context.committed' || seen.message.duplicate) return [];
    return seen.request?.type === 'context.commit' ? [{ request: seen.request, version: seen.message.version }] : [];
  });
}

const overlaps = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

const isReplaced = (commits: readonly Commit[], { request, version }: Commit, { path }: ContextWrite): boolean =>
  commits.some(
    (later) =>
      later.request.run === request.run &&
      later.version > version &&
      later.request.base >= version &&
      later.request.writes.some((write) => overlaps(write.path, path)),
  );

/** Whether the writer wrote what it had read there: the merge takes that for no change. */
function isNoNews(commits: readonly Commit[], { request, version }: Commit, wanted: ContextWrite): boolean {
  const { run, base } = request;
  const last = commits
    .filter((c) => c.request.run === run && c.version <= base && c.version < version)
    .sort((a, b) => a.version - b.version)
    .findLast((c) => c.request.writes.some(({ path }) => overlaps(path, wanted.path)));
  const written = last?.request.writes.find(({ path }) => path === wanted.path);
  return written !== undefined && isDeepStrictEqual(written, wanted);
}

export const noWriteIsLost: Checker = (evidence) => {
  // What a context has lost for good is not there, and its versions are given again.
  const lost = marred(evidence, 'ctx');
  const commits = commitsOf(evidence).filter(({ request }) => !lost.has(request.run));
  const wrong: string[] = [];
  const versions = new Map<string, string>();
  for (const commit of commits) {
    const { run, step, epoch, writes } = commit.request;
    const key = `version ${commit.version} of ${run}`;
    const name = `${step}/${epoch}`;
    const other = versions.get(key) ?? name;
    if (other !== name) wrong.push(`${key} was given to ${other} and to ${name}`);
    versions.set(key, other);
    const end = evidence.runs.find((r) => r.run === run);
    const stored = contextOf(evidence, run);
    const kept = JSON.stringify([end?.context ?? stored?.tree, stored?.conflicts]);
    for (const write of writes) {
      if (write.op !== 'set' || kept.includes(JSON.stringify(write.value))) continue;
      if (!isReplaced(commits, commit, write) && !isNoNews(commits, commit, write))
        wrong.push(`${key}: ${write.path} of ${name} is gone: ${JSON.stringify(write.value)}`);
    }
  }
  return wrong;
};
