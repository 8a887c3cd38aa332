/**
 * How long work goes on that nobody hears of (docs/adr/0016). Its process stops it then, and only after that does what it holds
 * of the pool go to others: so the pool is not exceeded by what cannot be reached. All times are ms.
 */

/** Unless the operator says otherwise: longer than a broker takes to start again, or another node to take runs over. */
export const ALONE_MS = 20_000;

/** From the time that work is to stop until it has: a beat until that is noticed, and what a function gets to heed its signal. */
export const STOPPING_MS = 5_000;

/** After this long without a word of it, an attempt is over. */
export const keepMsOf = (aloneMs: number): number => aloneMs + STOPPING_MS;
