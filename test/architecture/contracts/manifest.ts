/** The contract manifest: every shape that crosses a boundary, as JSON Schema, in one plain value. */
import { createHash } from 'node:crypto';
import * as contracts from '@tutti/contracts';
import { z } from 'zod';

export type JsonSchema = { readonly [key: string]: unknown };

export interface MessageEntry {
  readonly from: string;
  readonly to: string;
  readonly replies: readonly string[];
  readonly hash: string;
  readonly body: JsonSchema;
}

export interface ShapeEntry {
  readonly hash: string;
  readonly schema: JsonSchema;
}

export interface Manifest {
  readonly wire: number;
  readonly subjects: Readonly<Record<string, string>>;
  readonly errors: readonly string[];
  readonly messages: Readonly<Record<string, MessageEntry>>;
  readonly events: Readonly<Record<string, ShapeEntry>>;
  /** What several contracts have in common; `#/shapes/X` points here. */
  readonly shapes: Readonly<Record<string, ShapeEntry>>;
}

/** Shapes that have a name of their own in the manifest and in the pages, so that each is written once. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Token: contracts.token,
  Json: contracts.workflowJson,
  ContextPath: contracts.contextPath,
  Needs: contracts.needs,
  ErrorBody: contracts.errorBody,
  ContextWrite: contracts.contextWrite,
  Conflict: contracts.conflict,
  Committed: contracts.committed,
  LeaseRequest: contracts.leaseRequest,
  Waiting: contracts.waiting,
  Arrival: contracts.arrival,
  BarrierRules: contracts.barrierRules,
  InstanceBeat: contracts.instanceBeat,
  WaitsOn: contracts.waitsOn,
  StepView: contracts.stepView,
  RunView: contracts.runView,
  RunRow: contracts.runRow,
  Event: contracts.tuttiEvent,
  Envelope: contracts.envelopeSchema,
  WorkflowDefinition: contracts.workflowDefinition,
  WorkflowStep: contracts.workflowStep,
  WorkflowGroup: contracts.workflowGroup,
  Plan: contracts.planSchema,
  PlanStep: contracts.planStep,
  PlanEdge: contracts.planEdge,
  PlanReport: contracts.planReport,
  Finding: contracts.finding,
  WorkflowFile: contracts.workflowFile,
};

type Kind = 'message' | 'event' | 'shape';
const idOf = (kind: Kind, name: string): string => (kind === 'shape' ? name : `${kind}:${name}`);

/** All schemas at once, so that a shape inside another becomes a reference to it. Input form: what may be sent. */
function schemasOf(): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(NAMED)) registry.add(schema, { id: idOf('shape', name) });
  for (const [type, row] of Object.entries(contracts.MESSAGES)) {
    if (registry.has(row.body)) continue;
    registry.add(row.body, { id: idOf('message', type) });
  }
  for (const [type, schema] of Object.entries(contracts.EVENTS)) registry.add(schema, { id: idOf('event', type) });
  const made = z.toJSONSchema(registry, { io: 'input', unrepresentable: 'any', uri: (id) => `#/shapes/${id}` });
  return Object.fromEntries(Object.entries(made.schemas).map(([id, schema]) => [id, bare(schema as JsonSchema)]));
}

const bare = ({ $schema: _s, $id: _i, id: _n, ...schema }: JsonSchema): JsonSchema => schema;

export const hashOf = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 16);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sorted(child)]),
  );
}

/** The manifest of the contracts as they stand in the source. */
export function currentManifest(): Manifest {
  const schemas = schemasOf();
  const entry = (id: string): ShapeEntry => {
    const schema = schemas[id] ?? {};
    return { hash: hashOf(schema), schema };
  };
  const nameOfBody = new Map<z.ZodType, string>(Object.entries(NAMED).map(([name, schema]) => [schema, name]));
  const bodyOf = (type: contracts.MessageType): JsonSchema => {
    const name = nameOfBody.get(contracts.MESSAGES[type].body);
    return name === undefined ? (schemas[idOf('message', type)] ?? {}) : { $ref: `#/shapes/${name}` };
  };
  const messages = Object.entries(contracts.MESSAGES).map(([type, { from, to, replies }]) => {
    const body = bodyOf(type as contracts.MessageType);
    return [type, { from, to, replies: [...replies], hash: hashOf(body), body }] as const;
  });
  return {
    wire: contracts.WIRE_VERSION,
    subjects: Object.fromEntries(Object.entries(contracts.SUBJECTS).map(([name, { pattern }]) => [name, pattern])),
    errors: Object.keys(contracts.ERRORS),
    messages: Object.fromEntries(messages),
    events: Object.fromEntries(Object.keys(contracts.EVENTS).map((type) => [type, entry(idOf('event', type))])),
    shapes: Object.fromEntries(Object.keys(NAMED).map((name) => [name, entry(name)])),
  };
}
