/** Which files hold the text of a licence. */
export const LICENCE_FILE = /^(licen[cs]e|copying|unlicense)([.-].*)?$/i;

/** A sentence of each licence that stands in no other, the narrower before the wider. */
const TEXTS: readonly (readonly [string, RegExp])[] = [
  ['AGPL-3.0', /GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-3.0', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-2.1', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/i],
  ['GPL-3.0', /GNU GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['GPL-2.0', /GNU GENERAL PUBLIC LICENSE\s+Version 2/i],
  ['Apache-2.0', /Apache License,?\s+Version 2\.0/i],
  ['MPL-2.0', /Mozilla Public License,?\s+(v\. |Version )?2\.0/i],
  ['EPL-2.0', /Eclipse Public License\s+-?\s*v\s*2\.0/i],
  ['BSL-1.0', /Boost Software License\s+-\s+Version 1\.0/i],
  ['CC0-1.0', /CC0 1\.0 Universal/i],
  ['Unlicense', /This is free and unencumbered software released into the public domain/i],
  ['ISC', /Permission to use, copy, modify, and(\/or)? distribute this software for any\s+purpose/i],
  ['MIT', /Permission is hereby granted, free of charge, to any person obtaining a copy/i],
  ['BSD-3-Clause', /Redistribution and use in source and binary forms[\s\S]*Neither the name/i],
  ['BSD-2-Clause', /Redistribution and use in source and binary forms/i],
];

/** The SPDX id of a licence by its text, or `unknown`. Told by one sentence, so it is a hint and no legal advice. */
export function licenceByText(text: string): string {
  return TEXTS.find(([, sentence]) => sentence.test(text))?.[0] ?? 'unknown';
}
