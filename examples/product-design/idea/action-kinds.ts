/**
 * What people do in a product, as ten kinds. A verb of the idea belongs to one kind, and everything later documents say
 * about it follows from the kind: why somebody wants it, when it is done, its screen, its endpoint, its effort, its test.
 * `{o}` is the object as written, `{e}` one of it, `{es}` many of it, `{v}` the verb.
 */
export interface ActionKind {
  readonly verbs: string;
  readonly benefit: string;
  readonly acceptance: readonly string[];
  readonly screen: {
    readonly title: string;
    readonly form: 'form' | 'list' | 'detail';
    readonly parts: readonly string[];
  };
  readonly endpoint: { readonly method: 'GET' | 'POST' | 'PATCH'; readonly path: string; readonly status: number };
  /** Columns that the entity's table needs for it. */
  readonly columns: readonly string[];
  /** Days for one developer: server and client. */
  readonly days: readonly [number, number];
}

const kinds = <K extends string>(table: Readonly<Record<K, ActionKind>>): Readonly<Record<K, ActionKind>> => table;

export const ACTION_KINDS = kinds({
  find: {
    verbs: 'find search browse see view discover explore read watch listen check compare look locate access',
    benefit: 'I find the {e} that fits without asking around',
    acceptance: [
      'Given there are {es}, when I enter a word that one of them holds, then it is among the first ten results.',
      'Given nothing fits, when I search, then the page says so and offers to widen the search.',
      'Given more than one page of {es}, when I go on, then none is shown twice and none is left out.',
    ],
    screen: { title: '{Es}', form: 'list', parts: ['search field', 'filter bar', 'result card', 'empty state'] },
    endpoint: { method: 'GET', path: '/{es}', status: 200 },
    columns: ['title text not null'],
    days: [2, 2],
  },
  create: {
    verbs:
      'create add post upload write publish share record save submit register enter list document draft design build make compose collect capture',
    benefit: 'what I know about {o} is kept in one place and others can use it',
    acceptance: [
      'Given I am signed in, when I submit a complete {e}, then it is saved and shown to me within two seconds.',
      'Given a required field is empty, when I submit, then nothing is saved and the field is named.',
      'Given the connection drops while I submit, when it is back, then what I entered is still there.',
    ],
    screen: {
      title: 'New {e}',
      form: 'form',
      parts: ['labelled field', 'inline error', 'primary button', 'draft notice'],
    },
    endpoint: { method: 'POST', path: '/{es}', status: 201 },
    columns: ['title text not null', 'description text'],
    days: [2, 2],
  },
  manage: {
    verbs:
      'manage organise organize edit update change remove delete assign sort coordinate handle maintain control set adjust store archive approve run',
    benefit: 'I can rely on {o} without a second list beside it',
    acceptance: [
      'Given {article e} of mine, when I change it, then the new state is shown everywhere at once.',
      'Given somebody else changed the same {e} meanwhile, when I save, then I see both and decide.',
      'Given I removed {article e} by mistake, when I undo within ten seconds, then it is back.',
    ],
    screen: {
      title: '{E} details',
      form: 'detail',
      parts: ['summary', 'edit action', 'undo notice', 'change history'],
    },
    endpoint: { method: 'PATCH', path: '/{es}/{id}', status: 200 },
    columns: ['state text not null', 'updated_at timestamptz not null'],
    days: [2, 2],
  },
  schedule: {
    verbs: 'book reserve schedule plan arrange meet attend join host visit',
    benefit: 'I can count on {o} without calling anybody',
    acceptance: [
      'Given a free time, when I {v} {o}, then the time is mine and nobody else can take it.',
      'Given two people take the same time at once, when both confirm, then exactly one gets it and the other is told.',
      'Given my plans change, when I cancel before the limit, then the time is free again.',
    ],
    screen: { title: '{V} {o}', form: 'form', parts: ['calendar', 'time slot', 'confirmation', 'cancel action'] },
    endpoint: { method: 'POST', path: '/{es}/{id}/bookings', status: 201 },
    columns: ['starts_at timestamptz', 'ends_at timestamptz'],
    days: [4, 3],
  },
  trade: {
    verbs:
      'buy sell pay lend borrow rent donate order subscribe exchange trade swap give return purchase tip offer request hire deliver',
    benefit: 'dealing with {o} follows rules that both sides have seen',
    acceptance: [
      'Given {article e} is available, when I {v} it, then both sides get a confirmation with the conditions.',
      'Given the same request arrives twice, when it is processed, then it counts once.',
      'Given something goes wrong half-way, when I look again, then I see what happened and what I can do.',
    ],
    screen: { title: '{V} {o}', form: 'form', parts: ['conditions', 'amount or terms', 'confirm button', 'receipt'] },
    endpoint: { method: 'POST', path: '/{es}/{id}/{v}', status: 201 },
    columns: ['amount_cents integer', 'state text not null'],
    days: [5, 3],
  },
  talk: {
    verbs:
      'chat message ask answer discuss invite notify remind talk call contact comment reply send consult connect help',
    benefit: 'questions about {o} are settled in one place',
    acceptance: [
      'Given the other side is there, when I send a message, then they see it within two seconds.',
      'Given they are not there, when I send a message, then they are told the next time, once.',
      'Given somebody bothers me, when I block them, then I get nothing from them any more.',
    ],
    screen: {
      title: 'Conversation',
      form: 'detail',
      parts: ['message list', 'message field', 'delivery mark', 'block action'],
    },
    endpoint: { method: 'POST', path: '/{es}/{id}/messages', status: 201 },
    columns: ['last_message_at timestamptz'],
    days: [4, 3],
  },
  judge: {
    verbs: 'review rate vote recommend verify moderate endorse evaluate judge score grade like report flag',
    benefit: 'I know whom and what I can rely on',
    acceptance: [
      'Given I have had to do with {article e}, when I {v} it or them, then my verdict is shown with its date.',
      'Given I have not, when I try to {v}, then I am told why I cannot.',
      'Given a verdict breaks the rules, when it is reported, then a person looks at it within a day.',
    ],
    screen: { title: '{V} {o}', form: 'form', parts: ['rating control', 'text field', 'rules hint', 'report action'] },
    endpoint: { method: 'POST', path: '/{es}/{id}/reviews', status: 201 },
    columns: ['rating_average numeric(3,2)'],
    days: [2, 2],
  },
  follow: {
    verbs:
      'track monitor measure log follow count observe visualise visualize analyse analyze survey inspect watch-over',
    benefit: 'I notice every change of {o} in time',
    acceptance: [
      'Given values of the last month, when I open {o}, then I see their course and the newest value with its time.',
      'Given a value leaves the range I set, when it arrives, then I am told within a minute.',
      'Given no value arrived for longer than usual, when I look, then the gap is shown as a gap.',
    ],
    screen: {
      title: '{E} over time',
      form: 'detail',
      parts: ['chart', 'newest value', 'range control', 'alert setting'],
    },
    endpoint: { method: 'GET', path: '/{es}/{id}/history', status: 200 },
    columns: ['last_value numeric', 'last_value_at timestamptz'],
    days: [3, 3],
  },
  learn: {
    verbs: 'learn practise practice teach study train quiz memorise memorize improve explain cook exercise play',
    benefit: 'I get better at it a little every day',
    acceptance: [
      'Given I begin, when I open {o}, then the next step is chosen by what I already know.',
      'Given I made a mistake, when I see the result, then it says what would have been right and why.',
      'Given I stop in the middle, when I come back, then I go on where I stopped.',
    ],
    screen: {
      title: 'Practise {o}',
      form: 'detail',
      parts: ['task card', 'answer control', 'explanation', 'progress bar'],
    },
    endpoint: { method: 'POST', path: '/{es}/{id}/attempts', status: 201 },
    columns: ['level integer not null default 1'],
    days: [4, 3],
  },
  automate: {
    verbs:
      'generate translate convert scan detect predict suggest match calculate summarise summarize import export print transcribe classify sync extract optimise optimize identify',
    benefit: 'the tedious part of {o} is done for me',
    acceptance: [
      'Given a valid source, when I {v} {o}, then the result is there within ten seconds or I see how far it is.',
      'Given the source cannot be understood, when it is tried, then I am told which part and nothing is half-done.',
      'Given a result is wrong, when I correct it, then my correction stays.',
    ],
    screen: {
      title: '{V} {o}',
      form: 'form',
      parts: ['source picker', 'progress', 'result view', 'correction action'],
    },
    endpoint: { method: 'POST', path: '/{es}/{v}', status: 202 },
    columns: ['source text', 'result jsonb'],
    days: [5, 2],
  },
});

export type KindName = keyof typeof ACTION_KINDS;

const NAMES = Object.keys(ACTION_KINDS) as KindName[];

/** Verb in its base form → its kind. */
export const KIND_OF_VERB: ReadonlyMap<string, KindName> = new Map(
  NAMES.flatMap((name) => ACTION_KINDS[name].verbs.split(' ').map((verb): [string, KindName] => [verb, name])),
);

/** How early somebody who is new meets a kind; within one rank, the order of the idea holds. */
export const JOURNEY_RANK: Readonly<Record<KindName, number>> = {
  ...{ find: 0, learn: 1, create: 1, automate: 2, schedule: 2, trade: 2, talk: 2, manage: 3, follow: 3, judge: 4 },
};

/** Verb and kind of what people must be able to do with a thing before they can trade or book it. */
export const IMPLIED: readonly { readonly verb: string; readonly kind: KindName }[] = [
  { verb: 'find', kind: 'find' },
  { verb: 'add', kind: 'create' },
];

/** The kinds that a thing must be found and added for. */
export const IMPLYING: ReadonlySet<KindName> = new Set<KindName>(['trade', 'schedule', 'judge', 'talk']);
