import { plural } from './words.ts';

/** The words that the reading of an idea goes by. */
const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** After these even `book` and `plan` are verbs. */
export const BEFORE_VERB = set(
  'to can could will would may should must and or who that which , ; then easily quickly also let lets',
);
/** After these a verb may end in s. */
export const RELATIVE = set('who that which it');
/** After these stands a noun, never a verb. */
export const BEFORE_NOUN = set(
  'a an the their his her its our my your this these those each every any some all of for with in on at by from about into no',
);
/** Verbs that only frame the sentence. */
export const FRAMES = set(
  'let lets help helps allow allows enable enables want wants need needs use uses using has have is are be get gets make makes',
);
/** At these an object ends. */
export const AFTER_OBJECT = set(
  'and or , ; . : ! ? to for with in on at by from so that which who where when while after before without if as into about via through near between using within because until than then only per can could will',
);
/** These are no part of an object. */
export const NO_OBJECT = set(
  'a an the their his her its our my your this these those each every any some all more new own offline online live together daily weekly',
);
export const PRONOUNS = set(
  'it them they each other others one another us me you him everything something things anything',
);
/** These say nothing about what a thing is. */
export const PLAIN_ADJECTIVES = set(
  'small big large good great nice simple easy quick fast better best cheap free local nearby short long old fresh whole several many few',
);
/** Words that name no thing of the product itself. */
export const NO_KEYWORD = set(
  'app apps application tool tools platform website web site service system product program mobile desktop command line online new simple easy better good idea something based like also very just',
);

const PEOPLE = set(
  'people neighbours neighbors parents children kids students pupils patients friends families colleagues guests staff nurses couples teams clubs companies shops schools communities restaurants clinics businesses chefs cooks adults athletes',
);
const PERSON_ENDING = /(ers|ors|ists|ians|ees|eurs|ants|ents|mates|smiths|men|women)$/;
/** Things that end like people. */
const THINGS = set(
  'orders numbers papers computers folders letters containers flowers offers prices errors colors sensors doors floors documents events payments appointments comments accounts plants presents contents elements instruments apartments trailers posters meters filters layers servers routers printers stickers vouchers newsletters reminders timers trackers planners coffees fees trees degrees models answers transfers dinners summers matters chapters parameters powers counters tickets experiments ingredients departments investments components achievements assessments agreements movements treatments monitors mirrors factors indicators corners rivers waters drawers covers ubers headers banners',
);

/** Whether a noun in the plural means people, by list and by ending. */
export const isPeople = (many: string): boolean =>
  PEOPLE.has(many) || (many.length > 5 && PERSON_ENDING.test(many) && !THINGS.has(many));

/** Things that come about by dealing with others, so nobody adds or looks for them first. */
const CONSEQUENCES = set(
  'payment deposit fee price bill refund receipt message comment rating review reminder alert notice report time slot date',
);

/** Whether people must be able to add and find a thing before they can trade it; a phrase is told by its last word. */
export const isListed = (entity: string): boolean => {
  const last = entity.split(/[\s-]/).at(-1) ?? entity;
  return !isPeople(plural(last)) && !CONSEQUENCES.has(last);
};
