/**
 * What an idea brings with it without saying so: each concern is told by its words and adds a risk, a constraint, a
 * measurable requirement, a part of the system, a choice of technology and a test.
 */
export interface Concern {
  readonly id: string;
  readonly name: string;
  readonly words: RegExp;
  readonly risk: string;
  readonly constraint: string;
  readonly requirement: { readonly text: string; readonly measure: string };
  readonly part: { readonly name: string; readonly duty: string };
  readonly choice: {
    readonly layer: string;
    readonly choice: string;
    readonly reason: string;
    readonly instead: string;
  };
  readonly test: string;
}

export const CONCERNS: readonly Concern[] = [
  {
    id: 'payment',
    name: 'Money',
    words:
      /\b(pay|payments?|paid|buy|sell|deposits?|price|fees?|subscri\w+|checkout|donat\w+|rent|invoices?|refund|order)\b/i,
    risk: 'Money is taken twice or not at all when a connection breaks in the middle.',
    constraint: 'Card data never touches our servers; a payment provider holds it (PCI DSS scope stays at SAQ A).',
    requirement: {
      text: 'A payment is made once, however often it is sent',
      measure: 'same idempotency key, one charge in 1,000 repeated calls',
    },
    part: { name: 'Payments', duty: 'talks to the payment provider, keeps a ledger that is only ever added to' },
    choice: {
      layer: 'Payments',
      choice: 'Stripe Checkout',
      reason: 'card data stays with the provider',
      instead: 'Adyen, Mollie',
    },
    test: 'Break the connection after the provider charged and before we answer; send again; the ledger has one entry.',
  },
  {
    id: 'time',
    name: 'Time and bookings',
    words:
      /\b(book\w*|reserv\w+|appointments?|calendars?|schedul\w+|slots?|times?|pick-?ups?|meetings?|events?|shifts?)\b/i,
    risk: 'Two people get the same time, or an hour is lost when the clocks change.',
    constraint:
      'Times are stored in UTC with the zone of the place; a booking is a database constraint, not a check in code.',
    requirement: {
      text: 'No time is given away twice',
      measure: '0 double bookings in 10,000 attempts of 50 clients at once',
    },
    part: { name: 'Calendar', duty: 'knows what is free, and refuses overlaps by an exclusion constraint' },
    choice: {
      layer: 'Bookings',
      choice: 'PostgreSQL exclusion constraints on time ranges',
      reason: 'the database refuses what code forgets',
      instead: 'a lock service',
    },
    test: 'Fifty clients book the same slot at once; one succeeds, forty-nine are told. Repeat across a change of clocks.',
  },
  {
    id: 'messages',
    name: 'Messages',
    words: /\b(chat\w*|messag\w+|notif\w+|remind\w*|invit\w+|comments?|discuss\w*|contact|alerts?|ask|answer)\b/i,
    risk: 'People are bothered, by each other or by too many notices.',
    constraint: 'Notices are chosen by the receiver and off by default at night.',
    requirement: {
      text: 'A message arrives once and in order',
      measure: 'p95 under 2 s, no duplicate in 10,000 messages',
    },
    part: { name: 'Notices', duty: 'sends by push and e-mail, once, by the wishes of the receiver' },
    choice: {
      layer: 'Messages',
      choice: 'WebSocket with a queue behind it',
      reason: 'two-way and in order',
      instead: 'server-sent events',
    },
    test: 'Send while the receiver is offline; they get each message once when they are back.',
  },
  {
    id: 'place',
    name: 'Places',
    words:
      /\b(maps?|near\w*|neighbou?r\w*|locat\w+|routes?|deliver\w*|city|cities|travel\w*|trips?|local|address\w*|gps)\b/i,
    risk: 'The place where somebody lives becomes known to strangers.',
    constraint: 'Exact places are shown only to people who agreed on something; others see a circle of 500 m.',
    requirement: { text: 'What is near is found quickly', measure: 'p95 under 300 ms for 100,000 places' },
    part: { name: 'Places', duty: 'answers what is near, and blurs places for strangers' },
    choice: {
      layer: 'Places',
      choice: 'PostGIS',
      reason: 'near-by queries beside the data',
      instead: 'a geocoding service',
    },
    test: 'As a stranger, ask for the place of every entry; none is exact.',
  },
  {
    id: 'media',
    name: 'Pictures and recordings',
    words: /\b(photos?|pictures?|images?|videos?|audio|upload\w*|camera|record\w*|podcasts?|music|scan\w*)\b/i,
    risk: 'Storage grows faster than income, and pictures carry the place where they were taken.',
    constraint: 'Files go to object storage by signed links; place data is removed from pictures on the way in.',
    requirement: { text: 'A picture is there soon', measure: '10 MB uploaded and shown in under 5 s at 10 Mbit/s' },
    part: { name: 'Media', duty: 'takes uploads, makes small versions, removes place data' },
    choice: {
      layer: 'Media',
      choice: 'S3-compatible object storage',
      reason: 'files do not belong in a database',
      instead: 'a media service',
    },
    test: 'Upload a picture with place data, a text file called .jpg and one of 1 GB; one is cleaned, two are refused.',
  },
  {
    id: 'health',
    name: 'Health data',
    words: /\b(health\w*|patients?|medic\w+|doctors?|clinics?|symptoms?|therap\w+|blood|nurs\w+|sleep|diagnos\w+)\b/i,
    risk: 'Health data leaks; that cannot be taken back.',
    constraint:
      'Health data is a special category (GDPR art. 9): consent by purpose, encrypted per person, access is logged.',
    requirement: {
      text: 'Each access to health data is recorded',
      measure: '100 % of reads in the access log, kept 3 years',
    },
    part: { name: 'Consent', duty: 'knows who agreed to what, and hands out keys by it' },
    choice: {
      layer: 'Encryption',
      choice: 'one data key per person in a key service',
      reason: 'deleting the key deletes the data',
      instead: 'column encryption',
    },
    test: 'Withdraw consent; within a minute nobody but the person can read anything of theirs.',
  },
  {
    id: 'children',
    name: 'Children',
    words: /\b(child\w*|kids?|pupils?|students?|school\w*|teen\w*|parents?|famil\w+|toddlers?)\b/i,
    risk: 'Strangers reach children through the product.',
    constraint: 'Below 16 a parent agrees first (GDPR art. 8); no open messages between adults and children.',
    requirement: {
      text: 'A child has no open contact',
      measure: '0 messages from unconfirmed adults in the abuse tests',
    },
    part: { name: 'Guardians', duty: 'links a child to the adults who may decide for it' },
    choice: {
      layer: 'Identity',
      choice: 'accounts of a child below the account of an adult',
      reason: 'consent has an owner',
      instead: 'age gates, which are guessed',
    },
    test: 'As an unconfirmed adult, try every way to reach a child; each is refused.',
  },
  {
    id: 'offline',
    name: 'Work without a network',
    words:
      /\b(offline|field\w*|farm\w*|rural|remote areas?|outdoors?|hik\w+|mountain\w*|ships?|underground|garden\w*)\b/i,
    risk: 'What is entered without a network is lost or overwrites something newer.',
    constraint: 'Every entry is made on the device first; changes are merged per field when the network is back.',
    requirement: {
      text: 'Nothing entered offline is lost',
      measure: '0 of 1,000 entries lost over 24 h of changing networks',
    },
    part: { name: 'Sync', duty: 'keeps what was entered until the server has it, and merges per field' },
    choice: {
      layer: 'On the device',
      choice: 'SQLite with a change log',
      reason: 'works in flight mode',
      instead: 'CRDT documents',
    },
    test: 'Change one entry on two devices offline; after sync both changes are there or the conflict is shown.',
  },
  {
    id: 'devices',
    name: 'Devices',
    words: /\b(sensors?|devices?|iot|smart home|meters?|wearables?|machines?|robots?|drones?|thermostats?)\b/i,
    risk: 'A device sends nonsense or nothing, and nobody notices.',
    constraint: 'Devices have keys of their own and may only write; late and repeated values are normal.',
    requirement: { text: 'A silent device is noticed', measure: 'alarm within 3 expected intervals' },
    part: { name: 'Intake', duty: 'takes values from devices, drops repeated ones, notices silence' },
    choice: {
      layer: 'Devices',
      choice: 'MQTT with TimescaleDB behind it',
      reason: 'made for many small values',
      instead: 'HTTP intake',
    },
    test: 'Send values late, twice and out of order; the course is the same as in order.',
  },
  {
    id: 'numbers',
    name: 'Evaluation',
    words:
      /\b(report\w*|dashboards?|statistic\w*|analy\w+|forecast\w*|insights?|metrics?|charts?|trends?|track\w*|budget\w*|expens\w*|spend\w*)\b/i,
    risk: 'Two pages show two different numbers for the same thing.',
    constraint: 'Each number has one definition in code, and a page says as of when it is.',
    requirement: { text: 'Numbers are fresh', measure: 'not older than 5 minutes, with their time beside them' },
    part: { name: 'Figures', duty: 'computes each number once, and keeps what it was computed from' },
    choice: {
      layer: 'Evaluation',
      choice: 'materialised views in PostgreSQL',
      reason: 'enough up to some 10 million rows',
      instead: 'ClickHouse',
    },
    test: 'Compute each number by hand from 100 rows; every page shows the same.',
  },
  {
    id: 'public-content',
    name: 'Content of strangers',
    words:
      /\b(review\w*|communit\w+|forum\w*|post\w*|share[sd]?|sharing|social|public|marketplace|rat(e|es|ing|ings)|neighbou?rs?)\b/i,
    risk: 'Insults, fraud and advertising drive good people away.',
    constraint:
      'Everything public can be reported, has an author, and can be hidden within a day (Digital Services Act).',
    requirement: { text: 'Reports are handled', measure: '95 % decided within 24 h, each with a reason' },
    part: { name: 'Moderation', duty: 'collects reports, hides what breaks the rules, keeps decisions' },
    choice: {
      layer: 'Moderation',
      choice: 'a queue for people with rules for the plain cases',
      reason: 'a wrong automatic decision costs more',
      instead: 'a classification service',
    },
    test: 'Report an entry from three accounts; it is in the queue once, with three reasons.',
  },
];

/** The concerns whose words the text holds. */
export const concernsOf = (text: string): Concern[] => CONCERNS.filter(({ words }) => words.test(text));

/** The concerns of these ids; an id that is none is left out. */
export const concernsById = (ids: readonly string[]): Concern[] => CONCERNS.filter(({ id }) => ids.includes(id));
