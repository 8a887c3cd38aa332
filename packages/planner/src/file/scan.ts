import { WORKFLOW_LIMITS } from '@tutti/contracts';
import { CST, Lexer } from 'yaml';
import type { FindingList } from './findings.ts';

/**
 * Looks at the tokens before anything recursive does: brackets and block indicators nested beyond the limit, and floods
 * of tokens, are refused here at the cost of a loop. (Depth by indentation needs ever longer lines; the size limit and
 * the reader bound it.) Returns false when the text was refused.
 */
export function scanTokens(text: string, findings: FindingList): boolean {
  let flowDepth = 0;
  let indicators = 0;
  let tokens = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    const type = CST.tokenType(token);
    if (type === 'flow-map-start' || type === 'flow-seq-start') flowDepth += 1;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flowDepth -= 1;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') indicators += 1;
    else if (type === 'newline') indicators = 0;
    if (Math.max(flowDepth, indicators) > WORKFLOW_LIMITS.depth) return refuseDepth(text, offset, findings);
    if (tokens > WORKFLOW_LIMITS.fileTokens) return refuseTokens(text, offset, findings);
    offset += sourceLength(token, type);
  }
  return true;
}

/** Some tokens are marks of the lexer and stand for no text. */
const sourceLength = (token: string, type: ReturnType<typeof CST.tokenType>): number =>
  type === 'doc-mode' || type === 'flow-error-end' || type === 'scalar' ? 0 : token.length;

function refuseDepth(text: string, offset: number, findings: FindingList): false {
  findings.add('too_deep', placeAt(text, offset, findings.file), `nested deeper than ${WORKFLOW_LIMITS.depth} levels`, {
    suggestion: 'a workflow needs fewer than 10',
  });
  return false;
}

function refuseTokens(text: string, offset: number, findings: FindingList): false {
  const message = `more than ${WORKFLOW_LIMITS.fileTokens} tokens`;
  findings.add('too_many', placeAt(text, offset, findings.file), message, { suggestion: 'split the workflow' });
  return false;
}

/** One place of a text; for many places use a LineCounter. */
function placeAt(text: string, offset: number, file: string): { file: string; line: number; col: number } {
  const before = text.slice(0, offset).split('\n');
  return { file, line: before.length, col: (before.at(-1)?.length ?? 0) + 1 };
}
