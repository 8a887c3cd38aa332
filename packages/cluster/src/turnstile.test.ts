import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

/** Works that end when they are told to. */
function world(width: number) {
  const turnstile = new Turnstile(width);
  const inside: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const enter = (name: number): Promise<number> =>
    turnstile.pass(async () => {
      inside.push(name);
      await new Promise<void>((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve())));
      return name;
    });
  const turns = () => new Promise((resolve) => setImmediate(resolve));
  return { enter, inside, turns, end: (name: number, error?: Error) => ends.get(name)?.(error) };
}

it('lets in so many at once, and the others in the order in which they came', async () => {
  const { enter, inside, turns, end } = world(2);
  const all = [1, 2, 3, 4].map(enter);
  await turns();
  expect(inside).toEqual([1, 2]);
  end(2);
  const late = enter(5);
  await turns();
  expect(inside).toEqual([1, 2, 3]);
  for (const name of [1, 3]) end(name);
  await turns();
  expect(inside).toEqual([1, 2, 3, 4, 5]);
  for (const name of [4, 5]) end(name);
  expect(await Promise.all([...all, late])).toEqual([1, 2, 3, 4, 5]);
});

it('a work that fails leaves its place to the next', async () => {
  const { enter, inside, turns, end } = world(1);
  const [first, second] = [enter(1), enter(2)];
  await turns();
  end(1, new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await turns();
  expect(inside).toEqual([1, 2]);
  end(2);
  expect(await second).toBe(2);
});
